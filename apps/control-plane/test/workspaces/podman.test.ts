import { describe, expect, it } from 'vitest';
import { hasPodman, startPodman } from '../../../../scripts/lib/podman.mjs';
import { useDockerWorkspaces } from './docker-workspaces.ts';
import { seedTenant } from './seed.ts';

describe.skipIf(!hasPodman())('on Podman', () => {
  const on = useDockerWorkspaces(startPodman);

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
    expect(await exec(id, 'echo mine > mine; git config user.name; id -un')).toMatch(
      /\S+\nnode\n$/,
    );

    await service.stop(tenant.principal, id, 'test');
    await server.untilState(id, 'stopped');
    await service.start(tenant.principal, id, 'test');
    await server.untilState(id, 'running');
    expect(await exec(id, 'cat mine')).toBe('mine\n');
    expect((await service.get(tenant.principal, id)).warnings.join()).toMatch(
      /^$|can reach each other: Podman/,
    );

    await service.remove(tenant.principal, id, 'test');
    await server.untilState(id, 'deleted');
    const { Volumes: volumes } = await stage.engine.listVolumes();
    expect(volumes.filter(({ Name }) => Name.includes(id))).toEqual([]);
    expect(volumes.filter(({ Name }) => Name.includes(other))).toHaveLength(5);
    expect(await exec(other, 'echo still here')).toBe('still here\n');
  });
});
