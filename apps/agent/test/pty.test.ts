import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createChannelDecoder } from '@spt-flow/tunnel/channel-framing';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import { identifyProcess } from '../src/system/proc.ts';
import { buildAgent } from './support/build.ts';
import { freePort } from './support/project.ts';
import { createRig, readChannels, responseOf, sendChannel, type Rig } from './support/rig.ts';
import { waitUntil } from './support/wait.ts';

let bundleFolder: string;
let rig: Rig;

beforeAll(async () => {
  bundleFolder = await buildAgent();
});
afterAll(() => rm(bundleFolder, { recursive: true, force: true }));
beforeEach(async () => {
  rig = await createRig(bundleFolder);
});
afterEach(() => rig.close());

function openPty(
  terminalId: string,
  options: { command?: string; cols?: number; rows?: number } = {},
): TunnelStream {
  return rig.tunnel.open({ method: 'pty', terminalId, cols: 80, rows: 24, ...options });
}

/** Collects what a terminal shows. */
function watch(stream: TunnelStream): { readonly text: string; readonly control: unknown[] } {
  const seen = { text: '', control: [] as unknown[] };
  const decoder = createChannelDecoder();
  stream.on('data', (chunk: Buffer) =>
    decoder.feed(chunk, (channel, payload) => {
      if (channel === 2) seen.control.push(JSON.parse(payload.toString()));
      else seen.text += payload.toString();
    }),
  );
  return seen;
}

describe('pty', () => {
  it('runs a command in a terminal of the wanted size and tells its exit code', async () => {
    const stream = openPty(randomUUID(), {
      command: 'stty size; echo $TERM $COLORTERM; exit 5',
      cols: 101,
      rows: 33,
    });

    const { out, control, trailers } = await readChannels(stream);

    expect(out).toBe('33 101\r\nxterm-256color truecolor\r\n');
    expect(control[0]).toEqual({ type: 'attached', reattached: false });
    expect(trailers).toEqual({ exitCode: 5, signal: null, timedOut: false });
  });

  it('tells the signal that ended the command', async () => {
    const { trailers } = await readChannels(openPty(randomUUID(), { command: 'kill -KILL $$' }));

    expect(trailers).toEqual({ exitCode: 137, signal: 'SIGKILL', timedOut: false });
  });

  it('starts a login shell that takes input, a new size and the end of input', async () => {
    const stream = openPty(randomUUID());
    const seen = watch(stream);
    sendChannel(stream, 0, 'echo $((6 * 7))\n');
    await waitUntil(() => seen.text.includes('42\r\n'));

    sendChannel(stream, 2, { type: 'resize', cols: 120, rows: 40 });
    sendChannel(stream, 0, 'stty size\n');
    await waitUntil(() => seen.text.includes('40 120\r\n'));

    sendChannel(stream, 2, { type: 'eof' });
    expect(await stream.trailers).toMatchObject({ exitCode: 0 });
  });

  it('shows what a program prints that reads nothing of what is typed', async () => {
    const stream = openPty(randomUUID(), {
      command: 'stty raw -echo; echo ready; sleep 1; yes | head -c 1M; echo printed; cat',
    });
    const seen = watch(stream);
    await waitUntil(() => seen.text.includes('ready'));
    for (let typed = 0; typed < 64; typed += 1) sendChannel(stream, 0, 'x'.repeat(4 * 1024));
    sendChannel(stream, 0, 'last');

    await waitUntil(() => seen.text.includes('printed'));
    await waitUntil(() => seen.text.endsWith('last'));
    expect(seen.text.match(/x/g)).toHaveLength(64 * 4 * 1024);
  });

  it('lives on when its viewer goes, and shows its screen to the next one', async () => {
    const terminalId = randomUUID();
    const first = openPty(terminalId);
    const seen = watch(first);
    sendChannel(first, 0, 'echo mark-$((1 + 1)); export KEPT=yes\n');
    await waitUntil(() => seen.text.includes('mark-2'));
    first.reset('cancelled');

    const second = openPty(terminalId);
    const replayed = watch(second);
    await waitUntil(() => replayed.text.includes('mark-2'));
    sendChannel(second, 0, 'echo kept=$KEPT\n');
    await waitUntil(() => replayed.text.includes('kept=yes'));

    expect(replayed.control[0]).toEqual({ type: 'attached', reattached: true });
    second.reset('cancelled');
  });

  it('shows the same to several viewers', async () => {
    const terminalId = randomUUID();
    const left = openPty(terminalId);
    const leftSeen = watch(left);
    await waitUntil(() => leftSeen.control.length > 0);
    const right = openPty(terminalId);
    const rightSeen = watch(right);
    await waitUntil(() => rightSeen.control.length > 0);

    sendChannel(right, 0, 'echo both-$((3 + 4))\n');

    await waitUntil(() => leftSeen.text.includes('both-7') && rightSeen.text.includes('both-7'));
    sendChannel(left, 0, 'exit 3\n');
    expect(await Promise.all([left.trailers, right.trailers])).toMatchObject([
      { exitCode: 3 },
      { exitCode: 3 },
    ]);
  });

  it('carries 100 MB to a reader and to its end', async () => {
    const stream = openPty(randomUUID(), {
      command: 'head -c 100000000 /dev/zero | tr "\\0" x; sleep 1',
    });
    let bytes = 0;
    const decoder = createChannelDecoder();
    for await (const chunk of stream)
      decoder.feed(
        Buffer.from(chunk),
        (channel, payload) => (bytes += channel === 0 ? payload.length : 0),
      );

    expect(bytes).toBe(100_000_000);
  }, 60_000);

  it('gives a slow reader all that a command printed before it ended, then its exit code', async () => {
    const size = 20_000_000;
    const stream = openPty(randomUUID(), {
      command: `head -c ${size} /dev/zero | tr "\\0" x; printf end; exit 4`,
    });
    let bytes = 0;
    let tail = '';
    let pauses = 0;
    const decoder = createChannelDecoder();
    for await (const chunk of stream) {
      decoder.feed(Buffer.from(chunk), (channel, payload) => {
        if (channel !== 0) return;
        bytes += payload.length;
        tail = (tail + payload.toString('latin1')).slice(-3);
      });
      // Longer than the terminal library waits after an exit; mostly near the end.
      if (bytes > size - 600_000 || pauses === 0) {
        pauses += 1;
        await sleep(pauses < 10 ? 300 : 20);
      }
    }

    expect([bytes, tail]).toEqual([size + 3, 'end']);
    expect(await stream.trailers).toEqual({ exitCode: 4, signal: null, timedOut: false });
  }, 60_000);

  it('ends its terminals when the agent ends', async () => {
    const stream = openPty(randomUUID());
    const seen = watch(stream);
    sendChannel(stream, 0, 'echo pid=$$.\n');
    await waitUntil(() => /pid=\d+\./.test(seen.text));
    const pid = Number(/pid=(\d+)\./.exec(seen.text)?.[1]);

    await rig.close();

    await waitUntil(() => identifyProcess(pid) === undefined);
  });
});

describe('tcp', () => {
  let server: Server | undefined;

  async function serve(onConnection: Parameters<typeof createServer>[1]): Promise<number> {
    server = createServer({ allowHalfOpen: true }, onConnection).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  afterEach(() => server?.close());

  it('carries bytes both ways, and each half ends by itself', async () => {
    const port = await serve((socket) => socket.pipe(socket));
    const stream = rig.tunnel.open({ method: 'tcp', port });
    const sent = Buffer.alloc(5_000_000, 'abc');
    stream.end(sent);

    expect(await responseOf(stream)).toEqual({ ok: true });
    expect(Buffer.concat(await stream.toArray()).equals(sent)).toBe(true);
  });

  it('answers refused when nothing listens', async () => {
    const stream = rig.tunnel.open({ method: 'tcp', port: await freePort() });

    expect(await responseOf(stream)).toMatchObject({ ok: false, code: 'refused' });
  });

  it('closes the connection when the stream is reset', async () => {
    let isClosed = false;
    const port = await serve((socket) =>
      socket
        .resume()
        .on('error', () => (isClosed = true))
        .on('end', () => (isClosed = true)),
    );
    const stream = rig.tunnel.open({ method: 'tcp', port });
    await responseOf(stream);

    stream.reset('cancelled');

    await waitUntil(() => isClosed);
  });
});
