import { randomUUID } from 'node:crypto';
import { DEFAULT_SETTINGS } from '@spt-flow/shared/domain/workspace-settings';
import { describe, expect, it } from 'vitest';
import { hasPodman, startPodman, startRootlessPodman } from '../../../../scripts/lib/podman.mjs';
import { useDockerWorkspaces } from './docker-workspaces.ts';
import { seedTenant } from '../workspaces/seed.ts';

describe.skipIf(!hasPodman()).each([
  { how: 'as root', startEngine: startPodman, isRootless: false },
  { how: 'without root', startEngine: startRootlessPodman, isRootless: true },
])('on Podman $how', ({ startEngine, isRootless }) => {
  const on = useDockerWorkspaces(startEngine);

  it('a workspace works, keeps its files through a stop, and takes nothing of others with it', async () => {
    const { server, stage } = on;
    const { service, content } = server.workspaces;
    const tenant = await seedTenant(on.db);
    const exec = async (id: string, command: string) => {
      const call = { command, timeoutSeconds: 20, correlationId: 'test' };
      return (await content.exec(id, call)).stdout;
    };
    const [id, other] = [
      await server.create(tenant, { provider: 'docker' }),
      await server.create(tenant, { provider: 'docker' }),
    ];
    for (const one of [id, other]) await server.untilState(one, 'running');
    const seen = await exec(
      id,
      'echo mine > mine; git config user.name; id -un; grep -E "CapBnd|NoNewPrivs" /proc/self/status',
    );
    expect(seen).toMatch(/\S+\nnode\nCapBnd:\t0+c1\nNoNewPrivs:\t1\n$/);

    await service.stop(tenant.principal, id, 'test');
    await server.untilState(id, 'stopped');
    await service.start(tenant.principal, id, 'test');
    await server.untilState(id, 'running');
    expect(await exec(id, 'cat mine')).toBe('mine\n');
    // The account of a test may use no control group.
    const { warnings } = await service.get(tenant.principal, id);
    expect(warnings.join()).toMatch(
      isRootless
        ? /does not limit memory, processors and processes/
        : /^$|reach each other: Podman/,
    );
    const { HostConfig: limits } = await stage.container(id).inspect();
    expect(Boolean(limits.NanoCpus)).toBe(!isRootless);

    await service.remove(tenant.principal, id, 'test');
    await server.untilState(id, 'deleted');
    const { Volumes: volumes } = await stage.engine.listVolumes();
    expect(volumes.filter(({ Name }) => Name.includes(id))).toEqual([]);
    expect(volumes.filter(({ Name }) => Name.includes(other))).toHaveLength(5);
    expect(await exec(other, 'echo still here')).toBe('still here\n');
  });

  if (!isRootless) return;

  it('a workspace with an egress list is refused before it starts', async () => {
    const workspaceId = randomUUID();
    const start = on.stage.provider.start({
      ...{ workspaceId, projectId: randomUUID(), name: 'orchard', revision: 0, container: null },
      settings: { ...DEFAULT_SETTINGS, egress: ['example.org'] },
      owner: { name: 'Ann', email: 'ann@example.org' },
      join: () => Promise.reject(new Error('it never gets that far')),
    });

    await expect(start).rejects.toThrow('its network has no address of this machine');
    await expect(on.stage.container(workspaceId).inspect()).rejects.toThrow(/no such container/i);
  });
});
