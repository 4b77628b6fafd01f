import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import {
  buildCli,
  LAUNCHER,
  runInTerminal,
  runPiped,
  type TerminalRun,
} from './support/built-cli.ts';
import { ME, ORGANIZATION_ID, TERMINAL_ID, workspace } from './support/fixtures.ts';
import { createLiveStage } from './support/live-stage.ts';
import { serveRealTerminal, type RealTerminal } from './support/real-terminal.ts';
import { makeHome } from './support/run.ts';
import { tell } from './support/tell.ts';
import { startTestServer, TOKEN, type TestServer } from './support/test-server.ts';

const LATER = '2026-01-02T03:04:06.000Z';
const SSH = `'${process.execPath}' '${LAUNCHER}' terminal demo`;

let server: TestServer;
let terminal: RealTerminal;
let env: Record<string, string>;
let remove: () => Promise<void>;
let screens: TerminalRun[];

beforeAll(buildCli);
beforeEach(async () => {
  server = await startTestServer();
  server.on(authRoutes.me, () => ME);
  server.on(workspaceRoutes.get, () => workspace());
  terminal = serveRealTerminal(server);
  const made = await makeHome();
  remove = made.remove;
  screens = [];
  env = { HOME: made.home, SPT_FLOW_SERVER: server.url, SPT_FLOW_TOKEN: TOKEN, TERM: 'xterm' };
});
afterEach(async () => {
  for (const screen of screens) screen.kill('SIGKILL');
  terminal.end();
  await server.close();
  await remove();
});

function onScreen(script: string): TerminalRun {
  const screen = runInTerminal(script, env);
  screens.push(screen);
  return screen;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('terminal on a terminal', () => {
  it('types, shows and passes the exit code on', async () => {
    const screen = onScreen(SSH);
    await screen.shows('$ ');
    screen.type('echo $((6*7))\r');
    await screen.shows('42');
    screen.type('exit 7\r');

    expect(await screen.exited).toBe(7);
  });

  it('runs a command with a terminal, and passes its exit code on', async () => {
    const screen = onScreen(`${SSH} -- 'test -t 1 && echo is-a-terminal; exit 3'`);

    expect(await screen.exited).toBe(3);
    expect(screen.output()).toContain('is-a-terminal');
  });

  it('tells the size at first and after each change', async () => {
    const screen = onScreen(SSH);
    await screen.shows('$ ');
    screen.type('stty size\r');
    await screen.shows('24 80');
    screen.resize(101, 33);
    screen.type('until test "$(stty size)" = "33 101"; do sleep 0.1; done; echo told-$((1+1))\r');
    await screen.shows('told-2');
    screen.type('exit 0\r');

    expect(await screen.exited).toBe(0);
  });

  it('sends Ctrl-C to the workspace instead of ending itself', async () => {
    const screen = onScreen(SSH);
    await screen.shows('$ ');
    screen.type("trap 'exit 5' INT; echo armed-$((1+1)); while :; do sleep 0.1; done\r");
    await screen.shows('armed-2');
    screen.type('\x03');

    expect(await screen.exited).toBe(5);
  });

  it('reattaches to the same terminal when the connection breaks, and says so', async () => {
    const screen = onScreen(SSH);
    await screen.shows('$ ');
    screen.type('kept=value-of-before\r');
    await screen.shows('value-of-before\r\r\n$ ');
    terminal.breakConnection();
    await screen.shows('Connection lost');
    await screen.shows('\x1b[H\x1b[2J');
    screen.type('echo "<$kept>"\r');
    await screen.shows('<value-of-before>');
    screen.type('exit 4\r');

    expect(await screen.exited).toBe(4);
    expect(terminal.attachments.map(({ terminalId }) => terminalId !== undefined)).toEqual([
      false,
      true,
    ]);
  });

  it.each([
    ['the command ends', (screen: TerminalRun) => screen.type('exit 0\r')],
    ['Enter ~ . is typed', (screen: TerminalRun) => screen.type('\r~.')],
  ])('leaves the terminal as it was when %s', async (_, end) => {
    const screen = onScreen(
      `before=$(stty -g); ${SSH}; test "$before" = "$(stty -g)" && echo terminal-is-whole`,
    );
    await screen.shows('$ ');
    end(screen);
    await screen.shows('terminal-is-whole');
    await screen.exited;
  });

  it('leaves the terminal as it was when it is told to end', async () => {
    const screen = onScreen(
      `before=$(stty -g); sh -c 'echo "pid=$$"; exec "$@"' sh ${SSH}; echo "code=$?"; test "$before" = "$(stty -g)" && echo terminal-is-whole`,
    );
    await screen.shows('$ ');
    process.kill(Number(/pid=(\d+)/.exec(screen.output())?.[1]), 'SIGTERM');
    await screen.shows('code=130');
    await screen.shows('terminal-is-whole');
    await screen.exited;
  });
});

describe('terminal in a pipe', () => {
  function piped(args: readonly string[], stdin: string | Buffer = '') {
    return runPiped(['terminal', 'demo', ...args], { env, stdin });
  }

  it('passes output on byte by byte, and nothing else', async () => {
    const { exitCode, stdout, stderr } = await piped(['--', 'printf', 'a\\nb\\000\\377\\r\\n']);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toEqual(Buffer.from('a\nb\0\xff\r\n', 'latin1'));
  });

  it('keeps errors apart from output', async () => {
    const { stdout, stderr } = await piped(['--', 'echo out; echo err >&2']);

    expect({ stdout: stdout.toString(), stderr }).toEqual({ stdout: 'out\n', stderr: 'err\n' });
  });

  it('carries megabytes of any bytes both ways unchanged', async () => {
    const bytes = randomBytes(5_000_000);

    const { exitCode, stdout } = await piped(['--', 'cat'], bytes);

    expect(exitCode).toBe(0);
    expect(stdout.equals(bytes)).toBe(true);
  });

  it('ends with the command, though not all input was taken', async () => {
    const { exitCode, stdout } = await piped(['--', 'head -c 3'], Buffer.alloc(10_000_000, 'x'));

    expect({ exitCode, text: stdout.toString() }).toEqual({ exitCode: 0, text: 'xxx' });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends the command too on %s', async (signal) => {
    let pid = 0;
    const { exitCode } = await runPiped(['terminal', 'demo', '--', 'echo $$; exec sleep 600'], {
      env,
      stdin: '',
      onStdout(text, child) {
        pid = Number(text);
        child.kill(signal);
      },
    });

    expect(exitCode).toBe(130);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it.each(['one\ntwo\n', 'without an end of line', ''])(
    'sends input and its end: %j',
    async (text) => {
      const { exitCode, stdout } = await piped(['--', 'cat'], text);

      expect(exitCode).toBe(0);
      expect(stdout.toString()).toBe(text);
    },
  );

  it('passes the exit code on', async () => {
    expect((await piped(['--', 'exit 42'])).exitCode).toBe(42);
  });

  it('keeps words together', async () => {
    const { stdout } = await piped(['--', 'printf', '<%s>', 'a b', "it's", '$HOME', '-n']);

    expect(stdout.toString()).toBe("<a b><it's><$HOME><-n>");
  });

  it('takes one word as shell text', async () => {
    expect((await piped(['--', 'echo one | tr a-z A-Z'])).stdout.toString()).toBe('ONE\n');
  });

  it('runs a script from the pipe without prompts', async () => {
    const { exitCode, stdout } = await piped([], 'echo from-a-script\nexit 6\n');

    expect(stdout.toString()).toBe('from-a-script\n');
    expect(exitCode).toBe(6);
  });

  it('ends with a message and no second output when the connection breaks', async () => {
    server.onTerminal((socket) => {
      tell(socket, {
        type: 'ready',
        terminalId: TERMINAL_ID,
        reattached: false,
      });
      socket.send(Buffer.from('\x01half'), () => socket.terminate());
    });

    const { exitCode, stdout, stderr } = await piped(['--', 'anything']);

    expect(exitCode).toBe(5);
    expect(stdout.toString()).toBe('half');
    expect(stderr).toContain('Error: The connection to the workspace was lost');
    expect(stderr).toContain('The command in the workspace is ended too');
  });

  it('shows the error that the workspace answers with', async () => {
    server.onTerminal((socket) =>
      tell(socket, {
        type: 'error',
        code: 'agent_offline',
        message: 'The workspace is not connected',
      }),
    );

    const { exitCode, stdout, stderr } = await piped(['--', 'true']);

    expect(exitCode).toBe(1);
    expect(stdout.length).toBe(0);
    expect(stderr).toContain('Error: The workspace is not connected');
    expect(stderr).toContain('Try: spt-flow start demo');
  });

  it('starts a workspace that is stopped, and waits for it', async () => {
    server.on(workspaceRoutes.get, () => workspace({ actualState: 'stopped' }));
    const stage = createLiveStage(server);
    server.on(workspaceRoutes.start, () => {
      setImmediate(() => {
        stage.emit(`organization:${ORGANIZATION_ID}`, {
          type: 'workspace.changed',
          workspace: workspace({ stateSince: LATER }),
        });
      });
      return workspace({ actualState: 'starting' });
    });

    const { exitCode, stdout, stderr } = await piped(['--', 'echo', 'awake']);

    expect(exitCode).toBe(0);
    expect(stdout.toString()).toBe('awake\n');
    expect(stderr).toContain('starting it');
  });

  it('passes on a great deal of output whole, however slowly it is read', async () => {
    const block = Buffer.alloc(1_000_001, 'x').fill(1, 0, 1);
    server.onTerminal((socket) => {
      tell(socket, { type: 'ready', terminalId: TERMINAL_ID, reattached: false });
      for (let count = 0; count < 50; count++) socket.send(block);
      tell(socket, { type: 'exit', exitCode: 0 });
    });

    const { exitCode, stdout } = await piped(['--', 'anything']);

    expect(exitCode).toBe(0);
    expect(stdout.length).toBe(50_000_000);
  });
});
