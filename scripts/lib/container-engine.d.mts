export interface Engine {
  readonly socket: string;
}
export interface OwnEngine extends Engine {
  stop(): Promise<void>;
  /** Ends the daemon; what it ran is ended too. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** It takes calls and answers none. */
  freeze(): void;
  thaw(): void;
}
export function requireEngine(): Promise<Engine>;
/** `isApart`: in a network namespace of its own, beside an engine that runs; `bridge`: beside it, on a bridge that is there. */
export function startEngine(options?: {
  readonly isApart?: boolean;
  readonly bridge?: string;
  /** Where it keeps everything; absent: in a folder of its own, which goes with it. */
  readonly dataRoot?: string;
}): Promise<OwnEngine>;
export function engineRequest(
  request: Engine & { readonly method?: string; readonly path: string },
): Promise<{ status: number; body: string }>;
