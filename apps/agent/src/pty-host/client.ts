import { CHANNEL_CONTROL, CHANNEL_DATA } from '@spt-flow/shared/agent-protocol/requests';
import { createChannelDecoder, encodeChannel } from '@spt-flow/tunnel/channel-framing';
import type { Environment, ProcessGroup, SpawnGroup } from '../runtime/spawn-group.ts';
import { FromHostSchema, packData, unpackData, type FromHost, type ToHost } from './messages.ts';

export interface FollowerEvents {
  onAttached(reattached: boolean): void;
  onData(bytes: Uint8Array): void;
  onExit(exitCode: number, signal: string | null): void;
  /** The terminal could not be opened, or its host is gone. */
  onFailed(message: string): void;
  onOutpaced(): void;
}

export interface TerminalRequest {
  readonly terminalId: string;
  readonly cols: number;
  readonly rows: number;
  readonly command: string | null;
}

/** What a follower tells its terminal; only after it was attached. */
export interface TerminalLink {
  write(bytes: Uint8Array): void;
  resize(cols: number, rows: number): void;
  pause(): void;
  resume(): void;
  detach(): void;
}

export interface PtyHostClient {
  attach(request: TerminalRequest, events: FollowerEvents): Promise<TerminalLink>;
  /** Ends the host and with it all terminals. */
  close(): Promise<void>;
}

export interface PtyHostClientDeps {
  readonly spawn: SpawnGroup;
  readonly command: readonly string[];
  readonly directory: string;
  readonly environment: Environment;
  log(text: string): void;
}

/** Starts the host with the first terminal, and anew should it ever fail. */
export function createPtyHostClient(deps: PtyHostClientDeps): PtyHostClient {
  const followers = new Map<number, FollowerEvents>();
  let nextId = 1;
  let host: Promise<ProcessGroup> | undefined;

  function startHost(): Promise<ProcessGroup> {
    const starting = deps.spawn({ argv: deps.command, cwd: deps.directory, env: deps.environment });
    starting.then(serve, () => (host = undefined));
    return starting;
  }

  function serve(group: ProcessGroup): void {
    const decoder = createChannelDecoder();
    group.stdout.on('data', (chunk: Buffer) => decoder.feed(chunk, receive));
    group.stderr.on('data', (chunk: Buffer) =>
      deps.log(`pty-host: ${chunk.toString('utf8').slice(0, 4_000)}`),
    );
    void group.closed.then(() => {
      host = undefined;
      for (const follower of followers.values()) follower.onFailed('The terminal host ended');
      followers.clear();
    });
  }

  function receive(channel: number, payload: Buffer): void {
    if (channel === CHANNEL_CONTROL) {
      dispatch(FromHostSchema.parse(JSON.parse(payload.toString('utf8'))));
      return;
    }
    const { attachmentId, bytes } = unpackData(payload);
    followers.get(attachmentId)?.onData(bytes);
  }

  function dispatch(message: FromHost): void {
    const follower = followers.get(message.attachmentId);
    if (message.type === 'attached') {
      follower?.onAttached(message.reattached);
      return;
    }
    followers.delete(message.attachmentId);
    if (message.type === 'exited') follower?.onExit(message.exitCode, message.signal);
    else if (message.type === 'failed') follower?.onFailed(message.message);
    else follower?.onOutpaced();
  }

  async function attach(request: TerminalRequest, events: FollowerEvents): Promise<TerminalLink> {
    host ??= startHost();
    const { stdin } = await host;
    const attachmentId = nextId++;
    const tell = (message: ToHost) =>
      void stdin.write(encodeChannel(CHANNEL_CONTROL, Buffer.from(JSON.stringify(message))));
    followers.set(attachmentId, events);
    tell({ type: 'attach', attachmentId, ...request });
    return {
      write: (bytes) =>
        void stdin.write(encodeChannel(CHANNEL_DATA, packData(attachmentId, bytes))),
      resize: (cols, rows) => tell({ type: 'resize', attachmentId, cols, rows }),
      pause: () => tell({ type: 'pause', attachmentId }),
      resume: () => tell({ type: 'resume', attachmentId }),
      detach() {
        if (followers.delete(attachmentId)) tell({ type: 'detach', attachmentId });
      },
    };
  }

  async function close(): Promise<void> {
    const group = await host;
    group?.stdin.end();
    await group?.exited;
  }

  return { attach, close };
}
