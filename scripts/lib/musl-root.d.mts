export function ensureMuslRoot(): Promise<string>;
/** Whether this machine has what making it takes. */
export function canMakeMuslRoot(): Promise<boolean>;
