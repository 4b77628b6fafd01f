export function ensureS3Server(): Promise<string>;
