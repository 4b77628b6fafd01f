import { memberRoutes, type Invitation, type Member } from '@spt-flow/shared/api/members';
import { beforeEach, describe, expect, it } from 'vitest';
import { useCliStage } from './support/cli-stage.ts';

const cli = useCliStage();
const AT = '2026-01-02T03:04:05.000Z';
const BEN: Member = {
  ...{ id: '0195f6f6-2f5c-7f0e-8d26-0d3a7f6f1c55', name: 'Ben', email: 'ben@example.com' },
  ...{ role: 'developer', joinedAt: AT, lastSeenAt: null },
};
const ADA: Member = {
  ...BEN,
  ...{ id: '0195f6f6-2f5c-7f0e-8d26-0d3a7f6f1c77', name: 'Ada', email: 'ada@example.com' },
};
const NOTHING = { workspaces: [], projects: [] };
const INVITATION: Invitation = {
  ...{ id: BEN.id, email: null, role: 'readonly', invitedBy: 'Ada' },
  ...{ createdAt: AT, expiresAt: AT },
};
const url = 'https://flow.example.com/invite/sptf_invite_secret';
let asked: unknown[];

beforeEach(() => {
  asked = [];
  cli.server.on(memberRoutes.list, () => ({ items: [BEN] }));
});

describe('member', () => {
  it('lists people with their roles', async () => {
    const { exitCode, stdout } = await cli.run(['member', 'list']);

    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout:
        'E-MAIL           NAME  ROLE       JOINED      LAST SEEN\n' +
        'ben@example.com  Ben   developer  2026-01-02  -\n',
    });
  });

  it('prints links alone on the standard output', async () => {
    cli.server.on(memberRoutes.invite, ({ body }) => {
      asked.push(body);
      return { ...INVITATION, url };
    });
    cli.server.on(memberRoutes.createPasswordLink, ({ params }) => {
      asked.push(params['id']);
      return { url, expiresAt: AT };
    });

    const invited = await cli.run(['member', 'invite', '--role', 'readonly']);
    const password = await cli.run(['member', 'password', 'Ben@example.com']);

    for (const { stdout, stderr } of [invited, password]) {
      expect(stdout).toBe(`${url}\n`);
      expect(stderr).not.toContain('sptf_invite_secret');
    }
    expect(asked).toEqual([{ role: 'readonly' }, BEN.id]);
  });

  it('changes roles and removes by e-mail address', async () => {
    cli.server.on(memberRoutes.update, ({ params, body }) => {
      asked.push([params['id'], body]);
      return BEN;
    });
    cli.server.on(memberRoutes.belongings, () => NOTHING);
    cli.server.on(memberRoutes.remove, ({ params }) => {
      asked.push(params['id']);
      return { workspaces: 0, projects: 0, stopped: 0 };
    });

    const role = await cli.run(['member', 'role', 'ben@example.com', 'admin']);
    const removed = await cli.run(['member', 'remove', 'ben@example.com']);

    expect([role.exitCode, removed.exitCode]).toEqual([0, 0]);
    expect(asked).toEqual([[BEN.id, { role: 'admin' }], BEN.id]);
  });

  it('removes who has something only after saying what becomes of it', async () => {
    const shop = { id: ADA.id, name: 'shop', actualState: 'running', hasSchedule: true } as const;
    cli.server.on(memberRoutes.list, () => ({ items: [BEN, ADA] }));
    cli.server.on(memberRoutes.belongings, () => ({ ...NOTHING, workspaces: [shop] }));
    cli.server.on(memberRoutes.remove, ({ params, query }) => {
      asked.push([params['id'], query]);
      return { workspaces: 1, projects: 0, stopped: 1 };
    });

    const refused = await cli.run(['member', 'remove', BEN.email]);
    const given = await cli.run([
      ...['member', 'remove', BEN.email, '--transfer-to', ADA.email, '--stop'],
    ]);

    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('--yes');
    expect(asked).toEqual([[BEN.id, { transferTo: ADA.id, stop: 'true' }]]);
    expect(given.stderr).toContain('Ada has 1 workspace and 0 projects of theirs now');
  });

  it('hands over what somebody left who is no member any more', async () => {
    cli.server.on(memberRoutes.list, () => ({ items: [ADA] }));
    const { id, name, email } = BEN;
    cli.server.on(memberRoutes.listFormer, () => ({
      items: [{ id, name, email, workspaces: 1, projects: 2 }],
    }));
    cli.server.on(memberRoutes.handOver, ({ params, body }) => {
      asked.push([params['id'], body]);
      return { workspaces: 1, projects: 2, stopped: 0 };
    });

    const { stderr } = await cli.run([
      ...['member', 'hand-over', BEN.email, '--transfer-to', ADA.email],
    ]);

    expect(asked).toEqual([[BEN.id, { to: ADA.id }]]);
    expect(stderr).toContain('Ada has 1 workspace and 2 projects of Ben now');
  });

  it('says so when nobody has the address, or the role is none', async () => {
    const unknown = await cli.run(['member', 'remove', 'eve@example.com']);
    const noRole = await cli.run(['member', 'role', 'ben@example.com', 'king']);

    expect(unknown.stderr).toContain('There is no member with this e-mail');
    expect([unknown.exitCode, noRole.exitCode]).toEqual([2, 2]);
  });
});
