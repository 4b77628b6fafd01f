/** Replaces a file of the state directory as a whole: after a crash it is the old or the new one. */
export declare function writeDurably(path: string, content: string): Promise<void>;
export declare function removeDurably(path: string): Promise<void>;
export declare function readIfThere(path: string): Promise<string | undefined>;
export declare function syncDirectory(path: string): Promise<void>;
