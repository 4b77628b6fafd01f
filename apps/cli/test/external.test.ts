import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findExternal, runExternal } from '../src/core/external-command.ts';
import { makeHome, run } from './support/run.ts';

let home: string;
let bin: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  ({ home, remove } = await makeHome());
  bin = path.join(home, 'bin');
  await mkdir(bin);
});
afterEach(() => remove());

async function addProgram(name: string, script: string, mode = 0o755): Promise<string> {
  const file = path.join(bin, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, mode);
  return file;
}

describe('a program spt-flow-<name> on PATH', () => {
  it('is a command that gets the words after its name and passes its exit code on', async () => {
    const seen = path.join(home, 'seen');
    await addProgram('spt-flow-deploy', `printf '%s|' "$@" > '${seen}'; exit 9`);

    const { exitCode } = await run(['deploy', '--fast', 'a b'], {
      home,
      env: { PATH: `${bin}:/bin` },
    });

    expect(exitCode).toBe(9);
    expect(await readFile(seen, 'utf8')).toBe('--fast|a b|');
  });

  it('never takes the place of a command of spt-flow', async () => {
    await addProgram('spt-flow-list', 'exit 9');

    const { exitCode } = await run(['list', '--help'], { home, env: { PATH: bin } });

    expect(exitCode).toBe(0);
  });

  it.each(['../bin/deploy', 'De', 'a b', '-x', '', 'deploy/../deploy'])(
    'is not sought under the name %j',
    async (name) => {
      await addProgram('spt-flow-deploy', 'exit 9');

      expect(await findExternal(name, { env: { PATH: bin } })).toBeUndefined();
    },
  );

  it('is not sought in relative folders, nor taken when it may not be run', async () => {
    await addProgram('spt-flow-deploy', 'exit 9', 0o644);

    expect(await findExternal('deploy', { env: { PATH: `.:bin:${bin}` } })).toBeUndefined();
    expect(await findExternal('deploy', { env: {} })).toBeUndefined();
  });

  it('that ends by a signal is a failure', async () => {
    const file = await addProgram('spt-flow-deploy', 'kill -TERM $$');

    expect(await runExternal(file, [], { env: {} })).toBe(1);
  });
});
