import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { membersOfGroup } from '../src/system/proc.ts';
import { useBuiltAgent } from './support/build.ts';
import { createRig, exec, readChannels, responseOf, sendChannel, type Rig } from './support/rig.ts';
import { waitUntil } from './support/wait.ts';

const built = useBuiltAgent();
let rig: Rig;

beforeEach(async () => {
  rig = await createRig(built.folder);
});
afterEach(() => rig.close());

/** A killed process closes its output, which ends the stream, a moment before the kernel stops to list it. */
function groupIsGone(groupId: number): Promise<void> {
  return waitUntil(() => membersOfGroup(groupId).length === 0);
}

describe('exec', () => {
  it.each([
    [['sh', '-c', 'exit 0'], { exitCode: 0, signal: null, timedOut: false }],
    [['sh', '-c', 'exit 7'], { exitCode: 7, signal: null, timedOut: false }],
    [['sh', '-c', 'kill -TERM $$'], { exitCode: 143, signal: 'SIGTERM', timedOut: false }],
  ])('of %j ends with %j', async (argv, trailers) => {
    expect((await exec(rig.tunnel, { argv })).trailers).toEqual(trailers);
  });

  it('keeps standard output and standard error apart', async () => {
    const { out, err } = await exec(rig.tunnel, { argv: ['sh', '-c', 'echo out; echo err >&2'] });

    expect([out, err]).toEqual(['out\n', 'err\n']);
  });

  it('feeds the input and lets the command see its end', async () => {
    const { out } = await exec(rig.tunnel, { argv: ['cat'] }, 'one\ntwo\n');

    expect(out).toBe('one\ntwo\n');
  });

  it('sees the end of input from a control message while the stream stays open', async () => {
    const stream = rig.tunnel.open({ method: 'exec', argv: ['cat'] });
    sendChannel(stream, 0, 'text');
    sendChannel(stream, 2, { type: 'eof' });

    expect(await readChannels(stream)).toMatchObject({ out: 'text', trailers: { exitCode: 0 } });
    stream.end();
  });

  it('has what was added to the environment since the agent started', async () => {
    const head = { method: 'environment.add', variables: { GREETING: 'good evening' } };
    const added = rig.tunnel.open(head);
    expect(await responseOf(added)).toMatchObject({ ok: true });

    const { out } = await exec(rig.tunnel, { argv: ['sh', '-c', 'echo "$GREETING"'] });

    expect(out).toBe('good evening\n');
  });

  it('passes the environment that was asked for', async () => {
    const { out } = await exec(rig.tunnel, {
      argv: ['sh', '-c', 'echo "$GREETING"'],
      env: { GREETING: 'hello' },
    });

    expect(out).toBe('hello\n');
  });

  it('carries eight megabytes through a command and back unharmed', async () => {
    const input = '0123456789abcdef'.repeat(512 * 1024);
    const stream = rig.tunnel.open({ method: 'exec', argv: ['cat'] });
    for (let start = 0; start < input.length; start += 500_000)
      sendChannel(stream, 0, input.slice(start, start + 500_000));
    stream.end();

    expect((await readChannels(stream)).out === input).toBe(true);
  });

  it('does not wait for input that a command ignores', async () => {
    const { trailers } = await exec(rig.tunnel, { argv: ['true'] }, 'x'.repeat(500_000));

    expect(trailers).toMatchObject({ exitCode: 0 });
  });

  it('kills the whole group when the time is over', async () => {
    const { out, trailers } = await exec(rig.tunnel, {
      argv: ['sh', '-c', 'trap "" TERM; sleep 60 & echo $$; wait; sleep 60'],
      timeoutMs: 300,
    });

    expect(trailers).toMatchObject({ timedOut: true, exitCode: 137 });
    await groupIsGone(Number(out));
  });

  it('kills the whole group when the stream is reset', async () => {
    const stream = rig.tunnel.open({
      method: 'exec',
      argv: ['sh', '-c', 'sleep 60 & echo $$; wait'],
    });
    const groupId = await new Promise<number>((resolve) =>
      stream.once('data', (chunk: Buffer) => resolve(Number(chunk.subarray(5)))),
    );
    expect(membersOfGroup(groupId).length).toBeGreaterThan(0);

    stream.reset('cancelled');

    await groupIsGone(groupId);
  });

  it('ends what a command left in the background', async () => {
    const { out } = await exec(rig.tunnel, { argv: ['sh', '-c', 'sleep 60 & echo $$'] });

    await groupIsGone(Number(out));
  });

  it.each([
    ['..', 'path_not_permitted'],
    ['/etc', 'path_not_permitted'],
    ['link', 'path_not_permitted'],
    ['link/deeper', 'path_not_permitted'],
    ['absent', 'not_found'],
  ])('in the folder %s is refused', async (cwd, code) => {
    await mkdir(join(rig.project.root, 'outside/deeper'), { recursive: true });
    await symlink('../outside', join(rig.project.directory, 'link'));

    expect(await responseOf(rig.tunnel.open({ method: 'exec', argv: ['pwd'], cwd }))).toMatchObject(
      { ok: false, code },
    );
  });

  it('of a command that does not exist is answered not_found', async () => {
    const response = await responseOf(
      rig.tunnel.open({ method: 'exec', argv: ['no-such-command'] }),
    );

    expect(response).toMatchObject({ ok: false, code: 'not_found' });
  });

  it('with a body that is no channel messages is reset', async () => {
    const stream = rig.tunnel.open({ method: 'exec', argv: ['cat'] });
    stream.write(Buffer.alloc(64, 0xff));

    await expect(readChannels(stream)).rejects.toMatchObject({ code: 'bad_request' });
  });
});

describe('dispatcher', () => {
  it('answers a method of the future with unimplemented', async () => {
    expect(await responseOf(rig.tunnel.open({ method: 'teleport' }))).toMatchObject({
      ok: false,
      code: 'unimplemented',
    });
  });

  it.each([
    [{ method: 'exec', argv: [] }],
    [{ method: 'tcp', port: 0 }],
    [{ method: 'files.read' }],
  ])('answers %j with bad_request', async (head) => {
    expect(await responseOf(rig.tunnel.open(head))).toMatchObject({
      ok: false,
      code: 'bad_request',
    });
  });

  it.each([[null], ['text'], [[]], [{}]])(
    'answers the head %j with unimplemented',
    async (head) => {
      expect(await responseOf(rig.tunnel.open(head))).toMatchObject({
        ok: false,
        code: 'unimplemented',
      });
    },
  );

  it('logs the correlation id of a request', async () => {
    await exec(rig.tunnel, { argv: ['true'], correlationId: 'abc-123' });

    expect(rig.events).toContainEqual(
      expect.objectContaining({ type: 'log', source: 'agent', correlationId: 'abc-123' }),
    );
  });
});
