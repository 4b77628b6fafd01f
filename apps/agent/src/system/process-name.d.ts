/** processName calls a process by its program and the file that it runs; undefined when it is gone. */
export declare function processName(pid: number): string | undefined;
/** describeCommand leaves out every other argument: they may hold secrets. */
export declare function describeCommand(words: readonly string[]): string | undefined;
