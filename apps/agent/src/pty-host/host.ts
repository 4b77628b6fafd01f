import type { Runtime } from '../runtime/runtime.ts';
import type { Environment } from '../runtime/spawn-group.ts';
import { signalGroup } from '../processes/process-group.ts';
import { messageOf } from '../system/errors.ts';
import type { FromHost, ToHost } from './messages.ts';
import { shellArguments } from './shell.ts';
import { createTerminal, type Attachment, type Terminal } from './terminal.ts';

export interface PtyHostDeps {
  readonly openPty: Runtime['openPty'];
  readonly directory: string;
  readonly environment: Environment;
  tell(message: FromHost): void;
  sendData(attachmentId: number, bytes: Uint8Array): void;
}

/** PtyHost owns the terminals, in a process of its own, so that their memory is not the agent's. */
export interface PtyHost {
  receive(message: ToHost): void;
  receiveData(attachmentId: number, bytes: Uint8Array): void;
  /** Hangs up all terminals. */
  close(): void;
}

type Attach = Extract<ToHost, { type: 'attach' }>;

export function createPtyHost(deps: PtyHostDeps): PtyHost {
  const terminals = new Map<string, Promise<Terminal>>();
  const open = new Map<string, Terminal>();
  const attachments = new Map<number, Attachment>();

  async function attach(request: Attach): Promise<void> {
    const { attachmentId, terminalId, cols, rows } = request;
    const existing = terminals.get(terminalId);
    const opening = existing ?? openTerminal(request);
    terminals.set(terminalId, opening);
    const terminal = await opening;
    open.set(terminalId, terminal);
    deps.tell({ type: 'attached', attachmentId, reattached: existing !== undefined });
    const attachment = terminal.attach({
      onData: (bytes) => deps.sendData(attachmentId, bytes),
      onExit: (exitCode, signal) => leave({ type: 'exited', attachmentId, exitCode, signal }),
      onOutpaced: () => leave({ type: 'outpaced', attachmentId }),
    });
    attachments.set(attachmentId, attachment);
    if (existing) attachment.resize(cols, rows);
  }

  function openTerminal({ terminalId, cols, rows, command }: Attach): Promise<Terminal> {
    const argv = shellArguments(command, deps.environment['SHELL']);
    const env = { ...deps.environment, TERM: 'xterm-256color', COLORTERM: 'truecolor' };
    return createTerminal(
      (events) => deps.openPty({ argv, cwd: deps.directory, env, cols, rows, ...events }),
      () => forget(terminalId),
    );
  }

  function forget(terminalId: string): void {
    terminals.delete(terminalId);
    open.delete(terminalId);
  }

  function leave(message: FromHost): void {
    attachments.delete(message.attachmentId);
    deps.tell(message);
  }

  function receive(message: ToHost): void {
    if (message.type === 'attach') {
      attach(message).catch((error: unknown) => {
        forget(message.terminalId);
        leave({ type: 'failed', attachmentId: message.attachmentId, message: messageOf(error) });
      });
      return;
    }
    const attachment = attachments.get(message.attachmentId);
    if (message.type === 'resize') attachment?.resize(message.cols, message.rows);
    else attachment?.[message.type]();
    if (message.type === 'detach') attachments.delete(message.attachmentId);
  }

  return {
    receive,
    receiveData: (attachmentId, bytes) => attachments.get(attachmentId)?.write(bytes),
    close() {
      for (const { pid } of open.values()) signalGroup(pid, 'SIGHUP');
      for (const { pid } of open.values()) signalGroup(pid, 'SIGKILL');
    },
  };
}
