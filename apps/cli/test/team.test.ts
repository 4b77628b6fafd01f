import { groupRoutes, type Group } from '@spt-flow/shared/api/groups';
import { memberRoutes } from '@spt-flow/shared/api/members';
import { projectAccessRoutes, type ProjectAccessView } from '@spt-flow/shared/api/project-access';
import { beforeEach, describe, expect, it } from 'vitest';
import { useCliStage } from './support/cli-stage.ts';

const cli = useCliStage();
const AT = '2026-01-02T03:04:05.000Z';
const BEN = {
  ...{ id: '0195f6f6-2f5c-7f0e-8d26-0d3a7f6f1c55', name: 'Ben', email: 'ben@example.com' },
  ...{ role: 'developer' as const, joinedAt: AT, lastSeenAt: null },
};
const SHOP: Group = {
  ...{ id: '0195f6f6-2f5c-7f0e-8d26-0d3a7f6f1c66', name: 'Shop', follows: null, projects: 1 },
  members: [{ id: BEN.id, name: 'Ben' }],
};
const ACCESS: ProjectAccessView = {
  access: 'restricted',
  grants: [{ kind: 'group', id: SHOP.id, name: 'Shop', level: 'use' }],
  level: 'manage',
  mayDecide: true,
};
let asked: unknown[];

beforeEach(() => {
  asked = [];
  cli.server.on(memberRoutes.list, () => ({ items: [BEN] }));
  cli.server.on(groupRoutes.list, () => ({ items: [SHOP] }));
});

describe('group', () => {
  it('lists groups with who is in them', async () => {
    const { stdout } = await cli.run(['group', 'list']);

    expect(stdout).toBe('GROUP  FOLLOWS  PROJECTS  MEMBERS\nShop   -        1         Ben\n');
  });

  it('is made, filled and deleted by names', async () => {
    cli.server.on(groupRoutes.create, ({ body }) => {
      asked.push(body);
      return SHOP;
    });
    cli.server.on(groupRoutes.addMember, ({ params }) => {
      asked.push(params);
      return SHOP;
    });
    cli.server.on(groupRoutes.remove, ({ params }) => {
      asked.push(params);
      return {};
    });

    await cli.run(['group', 'create', '/shop', '--follows', 'oidc']);
    await cli.run(['group', 'add', 'shop', 'BEN@example.com']);
    const deleted = await cli.run(['group', 'delete', 'Shop']);

    expect(asked).toEqual([
      { name: '/shop', follows: 'oidc' },
      { id: SHOP.id, userId: BEN.id },
      { id: SHOP.id },
    ]);
    expect(deleted.stderr).toContain('1 project was shared with it, and no longer is');
    expect((await cli.run(['group', 'delete', 'nobody'])).exitCode).toBe(2);
  });
});

describe('project', () => {
  it('shows who has access', async () => {
    cli.server.on(projectAccessRoutes.get, () => ACCESS);

    const { stdout } = await cli.run(['project', 'access', 'shop']);

    expect(stdout).toBe('WHO     WHAT   MAY\nadmins  -      manage\nShop    group  use\n');
  });

  it('is shared with a person or a group, and says when it is open to all anyway', async () => {
    cli.server.on(projectAccessRoutes.grantGroup, ({ params, body }) => {
      asked.push([params, body]);
      return { ...ACCESS, access: 'organization' };
    });
    cli.server.on(projectAccessRoutes.revokePerson, ({ params }) => {
      asked.push(params);
      return ACCESS;
    });

    const shared = await cli.run(['project', 'share', 'shop', '--with-group', 'Shop']);
    await cli.run(['project', 'unshare', 'shop', '--with-person', BEN.email]);

    expect(asked).toEqual([
      [{ handle: 'shop', id: SHOP.id }, { level: 'use' }],
      { handle: 'shop', id: BEN.id },
    ]);
    expect(shared.stderr).toContain('spt-flow project restrict shop');
    expect((await cli.run(['project', 'share', 'shop'])).exitCode).toBe(2);
  });
});
