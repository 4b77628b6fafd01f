import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SecretsStateSchema } from '@spt-flow/shared/agent-protocol/secrets';
import { createRig, exec, responseOf, type Rig } from './support/rig.ts';
import { waitUntil } from './support/wait.ts';

const VALUE = 'hunter2-hunter2-äöü';
const run = promisify(execFile);

let rig: Rig;
beforeEach(async () => {
  rig = await createRig(tmpdir());
});
afterEach(() => rig.close());

async function stateOf(head: object, body?: object) {
  const stream = rig.tunnel.open(head);
  stream.end(body && JSON.stringify(body));
  const response = await responseOf(stream);
  if (!response.ok) throw new Error(response.message);
  return SecretsStateSchema.parse(response.data);
}
function put(variables: Record<string, string>, restart = false) {
  return stateOf({ method: 'secrets.put', restart, withinMs: 0 }, { variables });
}

async function shell(command: string): Promise<string> {
  return (await exec(rig.tunnel, { argv: ['/bin/sh', '-c', command] })).out;
}

function texts(): string[] {
  return rig.events.flatMap((event) =>
    event.type === 'log' && event.source === 'app' && event.level === 'info' ? [event.text] : [],
  );
}

async function startApp(): Promise<void> {
  const stream = rig.tunnel.open({
    ...{ method: 'process.start', name: 'app', env: {} },
    command: 'echo "key: $API_KEY"; printf %s "$API_KEY" | base64; exec sleep 60',
  });
  stream.end();
  expect(await responseOf(stream)).toMatchObject({ ok: true });
}

describe('secrets', () => {
  it('are in the environment and in files in memory, until they are taken away', async () => {
    const { directory } = await put({ API_KEY: VALUE, SHELL_LIKE: 'two\nlines' });

    const file = join(directory ?? '', 'API_KEY');
    expect(await readFile(file, 'utf8')).toBe(VALUE);
    expect((await stat(file)).mode & 0o777).toBe(0o400);
    // As one would look for the place: the file system is in memory, and nobody else may enter.
    expect(await shell('df --output=fstype "$SPT_FLOW_SECRETS" | tail -1')).toMatch(/tmpfs|ramfs/);
    expect((await stat(directory ?? '')).mode & 0o777).toBe(0o700);
    expect(Buffer.from(await shell('printf %s "$API_KEY"'), 'latin1').toString()).toBe(VALUE);

    await shell('mkdir $SPT_FLOW_SECRETS/mine');
    expect((await put({ HOME: '/elsewhere' })).names).toEqual(['HOME']);
    expect(await shell('echo "${API_KEY-none} $HOME"')).toBe('none /elsewhere\n');
    await put({});
    expect(await shell('echo $HOME')).toBe(`${tmpdir()}\n`);
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  it('are in no file of the disk, and in no line of the log, whatever the app prints', async () => {
    await put({ API_KEY: VALUE });
    await startApp();
    await waitUntil(() => Promise.resolve(texts().length > 1));

    expect(texts()).toEqual(['key: [API_KEY]', expect.stringContaining('[API_KEY]')]);
    const base64 = Buffer.from(VALUE).toString('base64');
    const { stdout } = await run('/bin/sh', [
      ...['-c', 'grep -rlF -e "$1" -e "$2" "$0" || true'],
      ...[rig.project.root, VALUE, base64],
    ]);
    expect(stdout).toBe('');
  });

  it('that change say what runs without them, and restart it when asked', async () => {
    await put({ API_KEY: VALUE });
    await startApp();
    await waitUntil(() => Promise.resolve(texts().length > 1));
    const states = () => rig.events.filter((event) => event.type === 'process').length;
    const before = states();

    expect((await put({ API_KEY: VALUE }, true)).outdated).toEqual([]);
    expect(states()).toBe(before);
    expect((await put({ API_KEY: 'another-value' })).outdated).toEqual(['app']);
    expect(states()).toBe(before);
    expect((await put({ API_KEY: 'another-value' }, true)).outdated).toEqual(['app']);

    await waitUntil(async () => (await stateOf({ method: 'secrets.state' })).outdated.length === 0);
    // The old value stays hidden: what was started with it may still speak.
    await waitUntil(() =>
      Promise.resolve(texts().filter((text) => text.includes('[API_KEY]')).length > 3),
    );
    expect(texts().join('\n')).not.toContain('another-value');
  });

  it('of an AI service go before what is offered for it', async () => {
    const variables = { OPENAI_MODEL: 'model-1' };
    const offer = { method: 'models', variables: {}, offers: [{ api: 'openai', variables }] };
    await responseOf(rig.tunnel.open(offer));
    expect(await shell('echo $OPENAI_BASE_URL')).toContain('127.0.0.1');

    await put({ OPENAI_API_KEY: VALUE });
    expect(await shell('echo "${OPENAI_BASE_URL-none}"')).toBe('none\n');
    await put({});
    expect(await shell('echo $OPENAI_BASE_URL')).toContain('127.0.0.1');
  });

  it('refuse a body that is none', async () => {
    await expect(
      stateOf({ method: 'secrets.put', restart: false, withinMs: 0 }, {}),
    ).rejects.toThrow('not of the protocol');
  });
});
