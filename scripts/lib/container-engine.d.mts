export interface Engine {
  readonly socket: string;
}
export interface OwnEngine extends Engine {
  stop(): Promise<void>;
  /** Ends the daemon; what it ran is ended too. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}
export function requireEngine(): Promise<Engine>;
export function startEngine(args?: readonly string[]): Promise<OwnEngine>;
export function engineRequest(
  request: Engine & { readonly method?: string; readonly path: string },
): Promise<{ status: number; body: string }>;
