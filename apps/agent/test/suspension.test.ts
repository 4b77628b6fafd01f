import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSuspension } from '../src/processes/suspension.ts';
import { uninstall } from '../src/system/uninstall.ts';
import { openIdentity } from '../src/connection/identity.ts';
import { identifyProcess } from '../src/system/proc.ts';
import { openStateDirectory } from '../src/system/state-directory.ts';
import { useBuiltAgent } from './support/build.ts';
import { createRig, exec, responseOf, type Rig } from './support/rig.ts';
import { waitUntil } from './support/wait.ts';

const built = useBuiltAgent();
let rig: Rig;

beforeEach(async () => {
  rig = await createRig(built.folder);
});
afterEach(() => rig.close());

async function ask(method: 'suspend' | 'resume') {
  const stream = rig.tunnel.open({ method });
  stream.end();
  stream.resume();
  return responseOf(stream);
}

describe('a suspended agent', () => {
  it('has ended its processes, and starts them again when it is resumed', async () => {
    const started = rig.tunnel.open({
      method: 'process.start',
      name: 'app',
      command: 'sleep 600',
      env: {},
    });
    const { data } = (await responseOf(started)) as { data: { pid: number } };

    expect(await ask('suspend')).toEqual({ ok: true });
    expect(identifyProcess(data.pid)).toBeUndefined();

    expect(await ask('resume')).toEqual({ ok: true });
    await waitUntil(() => rig.parts.supervisor.runningCount === 1);
  });

  it('ends what streams do, and refuses new ones', async () => {
    const sleeping = rig.tunnel.open({ method: 'exec', argv: ['sleep', '600'] });
    await responseOf(sleeping);
    const ended = exec(rig.tunnel, { argv: ['sleep', '600'] }).catch((error: unknown) => error);
    sleeping.on('error', () => undefined);

    await ask('suspend');

    expect(await ended).toMatchObject({ code: 'suspended' });
    const refused = await responseOf(rig.tunnel.open({ method: 'exec', argv: ['true'] }));
    expect(refused).toMatchObject({ ok: false, code: 'suspended' });
  });

  it('may be asked twice', async () => {
    expect([await ask('suspend'), await ask('suspend')]).toEqual([{ ok: true }, { ok: true }]);
    expect([await ask('resume'), await ask('resume')]).toEqual([{ ok: true }, { ok: true }]);
  });
});

it('a change set that is being applied is not interrupted', async () => {
  const ended: string[] = [];
  const suspension = await createSuspension({
    path: join(rig.project.root, 'suspended'),
    isBusy: () => true,
    suspend: async () => void ended.push('ended'),
    resume: async () => undefined,
  });

  await expect(suspension.suspend()).rejects.toMatchObject({ code: 'busy' });

  expect([suspension.isSuspended, ended]).toEqual([false, []]);
});

describe('an agent that is uninstalled', () => {
  it.each([
    ['by hand', undefined, 'identity'],
    ['as a service', 'uninstall', 'installation'],
  ])('forgets who it is, started %s', async (_how, file, removes) => {
    const state = await openStateDirectory(rig.project.state);
    await openIdentity(state.identity, Date.now);
    const requestFile = file === undefined ? undefined : join(rig.project.state, file);

    expect(await uninstall(state, requestFile)).toEqual({ removes });

    await expect(access(state.identity)).rejects.toThrow('ENOENT');
    if (requestFile !== undefined) await access(requestFile);
  });
});
