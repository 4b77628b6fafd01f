import { spawn, type IPty } from '@lydell/node-pty';
import { TerminalClientMessageSchema } from '@spt-flow/shared/api/terminals';
import type { WebSocket } from 'ws';
import { TERMINAL_ID } from './fixtures.ts';
import { serveRealCommand } from './real-command.ts';
import { tell } from './tell.ts';
import type { TestServer } from './test-server.ts';

const END_OF_INPUT = '\x04';

export interface RealTerminal {
  readonly attachments: { terminalId: string | undefined; command: string | undefined }[];
  breakConnection(): void;
  end(): void;
}

/** serveRealTerminal runs a real shell on a real pty, one for all attachments, as the agent does; or a command in pipes. */
export function serveRealTerminal(server: TestServer): RealTerminal {
  const attachments: RealTerminal['attachments'] = [];
  let pty: IPty | undefined;
  let current: WebSocket | undefined;
  let recent = '';

  server.onTerminal((socket, query) => {
    if (!query.tty) return serveRealCommand(socket, query.command ?? '');
    current = socket;
    attachments.push({ terminalId: query.terminalId, command: query.command });
    const reattached = pty !== undefined && query.terminalId === TERMINAL_ID;
    pty ??= start(query);
    tell(socket, { type: 'ready', terminalId: TERMINAL_ID, reattached });
    if (recent !== '') socket.send(Buffer.from(recent));
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) return pty?.write(data.toString());
      const message = TerminalClientMessageSchema.parse(JSON.parse(data.toString()));
      if (message.type === 'eof') pty?.write(END_OF_INPUT);
      if (message.type === 'resize') pty?.resize(message.cols, message.rows);
    });
  });

  function start({
    cols,
    rows,
    command,
  }: {
    cols: number;
    rows: number;
    command?: string | undefined;
  }): IPty {
    const args = command === undefined ? [] : ['-c', command];
    const started = spawn('/bin/sh', args, { cols, rows, env: { ...process.env, PS1: '$ ' } });
    started.onData((text) => {
      recent += text;
      current?.send(Buffer.from(text));
    });
    started.onExit(({ exitCode }) => {
      pty = undefined;
      if (current) tell(current, { type: 'exit', exitCode });
    });
    return started;
  }

  return {
    attachments,
    breakConnection: () => current?.terminate(),
    end: () => pty?.kill('SIGKILL'),
  };
}
