export type Environment = Readonly<Record<string, string | undefined>>;
/** workspaceEnvironment takes over by name what a workspace may know of the control plane's environment. */
export declare function workspaceEnvironment(host: Environment): Record<string, string>;
export declare function certificateFiles(host: Environment): string[];
