/** Names in a directory of /proc; none when its process is gone or somebody else's. */
export declare function listDirectory(path: string): string[];
/** Where a link of /proc leads; undefined when its process is gone or somebody else's. */
export declare function readLink(path: string): string | undefined;
