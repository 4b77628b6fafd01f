export function ensureMuslRoot(): Promise<string>;
