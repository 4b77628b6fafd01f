export function findChromium(env?: NodeJS.ProcessEnv): string | undefined;
export function findCommand(name: string, env?: NodeJS.ProcessEnv): string | undefined;
