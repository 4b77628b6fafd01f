import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Terminal } from '@xterm/headless';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createChannelDecoder } from '@spt-flow/tunnel/channel-framing';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import { openRuntimeDirectory } from '../src/system/runtime-directory.ts';
import { buildAgent } from './support/build.ts';
import { createRig, responseOf, sendChannel, type Rig } from './support/rig.ts';
import { waitUntil } from './support/wait.ts';

const SIZE = { cols: 80, rows: 24 };
const SOON = { timeout: 20_000 };
/** Asks where the cursor is, and whether more than one answer comes. */
const ASK = `import os, select, tty
tty.setraw(0)
os.write(1, b'ready')
os.read(0, 1)
os.write(1, b'\\x1b[6n')
answer = b''
while not answer.endswith(b'R'): answer += os.read(0, 1)
more = select.select([0], [], [], 1)[0]
os.write(1, b'answered twice' if more else b'answered once')
os.read(0, 1)
`;

let bundleFolder: string;
let rig: Rig;
let terminalId: string;

beforeAll(async () => {
  bundleFolder = await buildAgent();
  rig = await createRig(bundleFolder);
});
afterAll(async () => {
  await rig.close();
  await rm(bundleFolder, { recursive: true, force: true });
});
beforeEach(() => {
  terminalId = randomUUID();
});

interface Shown {
  readonly stream: TunnelStream;
  readonly screen: Terminal;
  /** What it was told beside the output. */
  readonly control: { type: string; view?: unknown }[];
  type(text: string): void;
  lines(): (string | undefined)[];
  shows(text: string): Promise<void>;
}

interface Opening {
  readonly command?: string;
  readonly cols?: number;
  readonly viewer?: string;
  readonly follow?: boolean;
  readonly history?: boolean;
}

/** A terminal as a page shows it. */
function show(opening: Opening = {}): Shown {
  const screen = new Terminal({ ...SIZE, scrollback: 5_000, allowProposedApi: true });
  const stream = rig.tunnel.open({ method: 'pty', terminalId, ...SIZE, ...opening });
  const control: Shown['control'] = [];
  const decoder = createChannelDecoder();
  stream.on('data', (chunk: Buffer) =>
    decoder.feed(chunk, (channel, payload) => {
      if (channel === 0) screen.write(payload);
      else control.push(JSON.parse(payload.toString()));
    }),
  );
  const type = (text: string) => sendChannel(stream, 0, text);
  screen.onData(type);
  const lines = () => {
    const { active } = screen.buffer;
    const rows = Array.from({ length: SIZE.rows }, (_, row) => row + active.baseY);
    return rows.map((row) => active.getLine(row)?.translateToString(true));
  };
  return {
    ...{ stream, screen, control, type, lines },
    shows: (text) => waitUntil(() => lines().some((line) => line?.includes(text))),
  };
}

function stateOf({ screen, lines }: Shown) {
  const { active } = screen.buffer;
  return {
    ...{ lines: lines(), type: active.type, modes: screen.modes },
    cursor: [active.cursorY, active.cursorX],
  };
}

function viewOf({ control }: Shown): unknown {
  return control.findLast(({ type }) => type === 'view')?.view;
}

describe('a terminal that is attached again', () => {
  it.each([
    ['bash', 'PS1="ready> " bash --norc --noprofile', 'ready>', 'exit\r'],
    ['vim', 'vim -u NONE -N notes.txt', '13 of many', ':q!\r'],
    ['less', 'less notes.txt', '13 of many', 'q'],
    // So seldom that it draws nothing anew between two looks.
    ['htop', 'htop --delay 100', 'F10', 'q'],
    ['tmux', 'TMUX_TMPDIR=$PWD tmux -f /dev/null new "less notes.txt"', '13 of many', 'q'],
  ])('shows the same as the one that stayed: %s', async (_name, command, text, leave) => {
    const file = Array.from({ length: 100 }, (_line, number) => `${number} of many\n`).join('');
    await writeFile(join(rig.project.directory, 'notes.txt'), file);
    const stayed = show({ command });
    await stayed.shows(text);

    const again = show();

    await again.shows(text);
    await expect.poll(() => stateOf(again), SOON).toEqual(stateOf(stayed));
    again.type(leave);
    expect(await stayed.stream.trailers).toMatchObject({ exitCode: 0 });
  });

  it('shows what was printed meanwhile, and its past only where it is wanted', async () => {
    const first = show({ command: 'seq 100; echo go; read line; seq 200 250; read line' });
    await first.shows('go');
    first.stream.reset('cancelled');

    const all = show();
    await all.shows('go');
    all.type('\r');
    await all.shows('250');
    const screenOnly = show({ history: false });
    await screenOnly.shows('250');

    expect(all.screen.buffer.active.getLine(0)?.translateToString(true)).toBe('1');
    expect(screenOnly.screen.buffer.active.baseY).toBe(0);
    all.type('\r');
    await all.stream.trailers;
  });
});

describe('several viewers', () => {
  it('have the size of who typed last', async () => {
    const wide = show({ cols: 120, command: 'cat' });
    await waitUntil(() => viewOf(wide) !== undefined);
    const narrow = show({ cols: 60 });
    await waitUntil(() => viewOf(narrow) !== undefined);
    await expect.poll(() => viewOf(wide), SOON).toMatchObject({ cols: 60 });

    wide.type('x\r');

    await expect.poll(() => viewOf(narrow), SOON).toMatchObject({ cols: 120 });
    wide.type('\x04');
    await wide.stream.trailers;
  });

  it('answer once what a program asks', async () => {
    await writeFile(join(rig.project.directory, 'ask.py'), ASK);
    const first = show({ command: 'python3 ask.py' });
    const second = show();
    await Promise.all([first.shows('ready'), second.shows('ready')]);

    first.type('g');

    await Promise.all([first.shows('answered once'), second.shows('answered once')]);
    first.type('q');
    await first.stream.trailers;
  });

  it('follow only while the terminal is shared, and type nothing', async () => {
    const owner = show({ command: 'cat', viewer: 'Ada' });
    await responseOf(owner.stream);
    const early = show({ follow: true });
    expect(await responseOf(early.stream)).toMatchObject({ ok: false, code: 'refused' });

    sendChannel(owner.stream, 2, { type: 'share', isShared: true });
    await expect.poll(() => viewOf(owner), SOON).toMatchObject({ isShared: true });
    const guest = show({ follow: true, viewer: 'Bob' });
    await waitUntil(() => viewOf(guest) !== undefined);
    guest.type('from the guest\r');
    sendChannel(guest.stream, 2, { type: 'share', isShared: false });
    owner.type('from the owner\r');
    await guest.shows('from the owner');

    expect(guest.lines().join()).not.toContain('from the guest');
    expect(viewOf(owner)).toMatchObject({
      viewers: [
        { name: 'Ada', canWrite: true },
        { name: 'Bob', canWrite: false },
      ],
    });
    sendChannel(owner.stream, 2, { type: 'share', isShared: false });
    await expect(guest.stream.trailers).rejects.toMatchObject({ code: 'refused' });
    owner.type('\x04');
    await owner.stream.trailers;
  });

  it('that do not read hold up nobody when they only follow', async () => {
    const owner = show({
      command: 'read line; yes $(seq 20) | head -c 8000000; echo; echo finished',
    });
    await responseOf(owner.stream);
    sendChannel(owner.stream, 2, { type: 'share', isShared: true });
    await expect.poll(() => viewOf(owner), SOON).toMatchObject({ isShared: true });
    const guest = show({ follow: true });
    await responseOf(guest.stream);
    guest.stream.pause();

    owner.type('\r');

    expect(await owner.stream.trailers).toMatchObject({ exitCode: 0 });
    await owner.shows('finished');
    guest.stream.resume();
    await expect(guest.stream.trailers).rejects.toMatchObject({ code: 'timeout' });
  }, 60_000);
});

it('a program that prints without end is ended by Ctrl-C at once', async () => {
  const shown = show({ command: `trap 'trap "" INT; echo; echo caught; exit 7' INT; yes flood` });
  await shown.shows('flood');

  shown.type('\x03');

  expect(await shown.stream.trailers).toMatchObject({ exitCode: 7 });
  await shown.shows('caught');
});

it('the host ends with its last terminal, and starts again with the next', async () => {
  const directory = await openRuntimeDirectory(rig.project.state, {});
  const socket = join(directory, 'terminals-1.sock');
  const first = show({ command: 'true' });
  await first.stream.trailers;
  await expect.poll(() => existsSync(socket), SOON).toBe(false);

  terminalId = randomUUID();
  const next = show({ command: 'echo once more; exit 2' });

  expect(await next.stream.trailers).toMatchObject({ exitCode: 2 });
});
