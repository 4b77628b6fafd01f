export interface Engine {
  readonly socket: string;
}
export interface OwnEngine extends Engine {
  stop(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
}
export function runningEngine(env?: NodeJS.ProcessEnv): Promise<Engine | undefined>;
export function requireEngine(): Promise<Engine>;
export function startEngine(args?: readonly string[]): Promise<OwnEngine>;
