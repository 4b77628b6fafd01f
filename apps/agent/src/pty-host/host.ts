import { signalGroup } from '../processes/process-group.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { messageOf } from '../system/errors.ts';
import type { Attach, FromHost, ToHost } from './messages.ts';
import { shellArguments } from './shell.ts';
import { createTerminal, type Attachment, type Terminal } from './terminal.ts';

export interface PtyHostDeps {
  readonly openPty: Runtime['openPty'];
  readonly directory: string;
  /** The last terminal has ended. */
  onEmpty(): void;
}

/** HostConnection is the way back to one agent. */
export interface HostConnection {
  tell(message: FromHost): void;
  /** False: the agent does not keep up; terminals wait until `onDrain`. */
  sendData(attachmentId: number, bytes: Uint8Array): boolean;
  onDrain(handler: () => void): void;
}

/** What an agent says through its connection. */
export interface HostSession {
  receive(message: ToHost): void;
  receiveData(attachmentId: number, bytes: Uint8Array): void;
  /** The agent is gone; its terminals live on. */
  leave(): void;
}

/** PtyHost owns the terminals, in a process of its own: their memory is not the agent's, nor is their end. */
export interface PtyHost {
  readonly isEmpty: boolean;
  serve(connection: HostConnection): HostSession;
}

export function createPtyHost(deps: PtyHostDeps): PtyHost {
  const terminals = new Map<string, Promise<Terminal>>();
  const open = new Map<string, Terminal>();

  async function terminalFor(request: Attach): Promise<{ terminal: Terminal; isNew: boolean }> {
    const { terminalId } = request;
    const existing = terminals.get(terminalId);
    if (existing) return { terminal: await existing, isNew: false };
    const opening = openTerminal(request);
    terminals.set(terminalId, opening);
    try {
      const terminal = await opening;
      open.set(terminalId, terminal);
      return { terminal, isNew: true };
    } catch (error) {
      forget(terminalId);
      throw error;
    }
  }

  function openTerminal({ terminalId, cols, rows, command, environment }: Attach) {
    const argv = shellArguments(command, environment['SHELL']);
    const env = { ...environment, TERM: 'xterm-256color', COLORTERM: 'truecolor' };
    return createTerminal(
      (events) => deps.openPty({ argv, cwd: deps.directory, env, cols, rows, ...events }),
      { size: { cols, rows }, onEnd: () => forget(terminalId) },
    );
  }

  function forget(terminalId: string): void {
    terminals.delete(terminalId);
    open.delete(terminalId);
    if (terminals.size === 0) deps.onEmpty();
  }

  function close(): void {
    for (const { pid } of open.values()) signalGroup(pid, 'SIGHUP');
    for (const { pid } of open.values()) signalGroup(pid, 'SIGKILL');
    deps.onEmpty();
  }

  function serve(connection: HostConnection): HostSession {
    const attachments = new Map<number, Attachment>();
    /** Whose viewers take no more for now. */
    const held = new Set<number>();
    let isFull = false;
    connection.onDrain(() => {
      isFull = false;
      for (const [id, attachment] of attachments) if (!held.has(id)) attachment.resume();
    });

    function send(attachmentId: number, bytes: Uint8Array): void {
      if (connection.sendData(attachmentId, bytes) || isFull) return;
      isFull = true;
      for (const attachment of attachments.values()) attachment.pause();
    }

    async function attach(request: Attach): Promise<void> {
      const { attachmentId, follow, terminalId } = request;
      if (follow && !open.get(terminalId)?.isShared) return end({ type: 'refused', attachmentId });
      const { terminal, isNew } = await terminalFor(request);
      connection.tell({ type: 'attached', attachmentId, reattached: !isNew });
      const attachment = terminal.attach(request, {
        onView: (view) => connection.tell({ type: 'view', attachmentId, view }),
        onData: (bytes) => send(attachmentId, bytes),
        onExit: (exitCode, signal) => end({ type: 'exited', attachmentId, exitCode, signal }),
        onOutpaced: () => end({ type: 'outpaced', attachmentId }),
        onRefused: () => end({ type: 'refused', attachmentId }),
      });
      attachments.set(attachmentId, attachment);
      if (isFull) attachment.pause();
    }

    function end(message: Extract<FromHost, { attachmentId: number }>): void {
      forgetAttachment(message.attachmentId);
      connection.tell(message);
    }

    function forgetAttachment(attachmentId: number): void {
      attachments.delete(attachmentId);
      held.delete(attachmentId);
    }

    function hold(attachmentId: number, isHeld: boolean): void {
      if (isHeld) held.add(attachmentId);
      else held.delete(attachmentId);
      const attachment = attachments.get(attachmentId);
      if (isHeld || isFull) attachment?.pause();
      else attachment?.resume();
    }

    function receive(message: ToHost): void {
      if (message.type === 'close') return close();
      if (message.type === 'attach') {
        attach(message).catch((error: unknown) =>
          end({
            type: 'failed',
            attachmentId: message.attachmentId,
            message: messageOf(error),
          }),
        );
        return;
      }
      const { attachmentId, type } = message;
      const attachment = attachments.get(attachmentId);
      if (type === 'resize') attachment?.resize(message);
      else if (type === 'share') attachment?.share(message.isShared);
      else if (type === 'detach') {
        attachment?.detach();
        forgetAttachment(attachmentId);
      } else hold(attachmentId, type === 'pause');
    }

    return {
      receive,
      receiveData: (attachmentId, bytes) => attachments.get(attachmentId)?.write(bytes),
      leave() {
        for (const attachment of attachments.values()) attachment.detach();
        attachments.clear();
      },
    };
  }

  return {
    get isEmpty() {
      return terminals.size === 0;
    },
    serve,
  };
}
