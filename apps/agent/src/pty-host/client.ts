import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { TerminalView } from '@spt-flow/shared/agent-protocol/terminal-view';
import { CHANNEL_CONTROL, CHANNEL_DATA } from '@spt-flow/shared/agent-protocol/requests';
import { createChannelDecoder, encodeChannel } from '@spt-flow/tunnel/channel-framing';
import { createTurns } from '../processes/turns.ts';
import { AgentError } from '../system/errors.ts';
import { createHostDoor, type HostDoorDeps } from './host-door.ts';
import { FromHostSchema, packData, unpackData, type FromHost, type ToHost } from './messages.ts';

export interface ViewerEvents {
  onAttached(reattached: boolean): void;
  onView(view: TerminalView): void;
  onData(bytes: Uint8Array): void;
  onExit(exitCode: number, signal: string | null): void;
  /** The terminal could not be opened, may not be followed, or its host is gone. */
  onFailed(error: AgentError): void;
  onOutpaced(): void;
}

export interface TerminalRequest {
  readonly terminalId: string;
  readonly cols: number;
  readonly rows: number;
  readonly command: string | null;
  readonly viewer: string;
  readonly follow: boolean;
  readonly history: boolean;
}

/** What a viewer tells its terminal; only after it was attached. */
export interface TerminalLink {
  write(bytes: Uint8Array): void;
  resize(cols: number, rows: number): void;
  share(isShared: boolean): void;
  pause(): void;
  resume(): void;
  detach(): void;
}

export interface PtyHostClient {
  attach(request: TerminalRequest, events: ViewerEvents): Promise<TerminalLink>;
  /** Ends the host and with it all terminals, also those that an earlier agent left. */
  close(): Promise<void>;
}

interface Waiting {
  readonly events: ViewerEvents;
  /** It has not answered yet: a host that just ended may be replaced without anybody noticing. */
  again: (() => void) | undefined;
}

/** createPtyHostClient starts the host with the first terminal, or finds the one that an earlier agent started. */
export function createPtyHostClient(deps: HostDoorDeps): PtyHostClient {
  const door = createHostDoor(deps);
  const viewers = new Map<number, Waiting>();
  let nextId = 1;
  let host: Socket | undefined;
  const inTurn = createTurns();

  /** Who only follows starts nothing. */
  function openHost({ mayStart }: { mayStart: boolean }): Promise<Socket | undefined> {
    return inTurn(async () => {
      if (host) return host;
      const opened = (await door.open()) ?? (mayStart ? await door.start() : undefined);
      if (opened) serve(opened);
      host = opened;
      return opened;
    });
  }

  function serve(socket: Socket): void {
    const decoder = createChannelDecoder();
    socket.on('data', (chunk: Buffer) => decoder.feed(chunk, receive));
    socket.once('close', () => {
      host = undefined;
      const all = [...viewers.values()];
      viewers.clear();
      for (const { again, events } of all)
        if (again) again();
        else events.onFailed(new AgentError('internal', 'The terminal host ended'));
    });
  }

  function receive(channel: number, payload: Buffer): void {
    if (channel === CHANNEL_CONTROL) {
      dispatch(FromHostSchema.parse(JSON.parse(payload.toString('utf8'))));
      return;
    }
    const { attachmentId, bytes } = unpackData(payload);
    viewers.get(attachmentId)?.events.onData(bytes);
  }

  function dispatch(message: FromHost): void {
    const viewer = viewers.get(message.attachmentId);
    if (!viewer) return;
    if (message.type === 'attached') {
      viewer.again = undefined;
      viewer.events.onAttached(message.reattached);
    } else if (message.type === 'view') viewer.events.onView(message.view);
    else {
      viewers.delete(message.attachmentId);
      tellEnd(viewer.events, message);
    }
  }

  async function attach(request: TerminalRequest, events: ViewerEvents): Promise<TerminalLink> {
    let attachmentId = 0;
    let socket = await enter(attachAgain);

    async function enter(again: (() => void) | undefined): Promise<Socket> {
      const opened = await openHost({ mayStart: !request.follow });
      if (!opened) throw notShared();
      attachmentId = nextId++;
      viewers.set(attachmentId, { events, again });
      say(opened, { type: 'attach', attachmentId, environment: deps.environment, ...request });
      return opened;
    }

    function attachAgain(): void {
      enter(undefined).then(
        (opened) => (socket = opened),
        (error: unknown) => events.onFailed(asAgentError(error)),
      );
    }

    return {
      write: (bytes) =>
        void socket.write(encodeChannel(CHANNEL_DATA, packData(attachmentId, bytes))),
      resize: (cols, rows) => say(socket, { type: 'resize', attachmentId, cols, rows }),
      share: (isShared) => say(socket, { type: 'share', attachmentId, isShared }),
      pause: () => say(socket, { type: 'pause', attachmentId }),
      resume: () => say(socket, { type: 'resume', attachmentId }),
      detach() {
        if (viewers.delete(attachmentId)) say(socket, { type: 'detach', attachmentId });
      },
    };
  }

  async function close(): Promise<void> {
    const socket = await openHost({ mayStart: false });
    if (!socket) return;
    const closed = once(socket, 'close');
    say(socket, { type: 'close' });
    await closed;
  }

  return { attach, close };
}

function say(socket: Socket, message: ToHost): void {
  socket.write(encodeChannel(CHANNEL_CONTROL, Buffer.from(JSON.stringify(message))));
}

type End = Exclude<FromHost, { type: 'attached' | 'view' }>;

function tellEnd(events: ViewerEvents, end: End): void {
  if (end.type === 'exited') events.onExit(end.exitCode, end.signal);
  else if (end.type === 'outpaced') events.onOutpaced();
  else if (end.type === 'refused') events.onFailed(notShared());
  else events.onFailed(new AgentError('internal', end.message));
}

function notShared(): AgentError {
  return new AgentError('refused', 'There is no shared terminal like this');
}

function asAgentError(error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  return new AgentError('internal', 'The terminal host cannot be started', { cause: error });
}
