export function ensureVault(): Promise<string>;
