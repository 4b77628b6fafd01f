import { sessionRoutes, type Session } from '@spt-flow/shared/api/sessions';
import { beforeEach, describe, expect, it } from 'vitest';
import { useCliStage } from './support/cli-stage.ts';

const cli = useCliStage();
const AT = '2026-01-02T03:04:05.000Z';
const SESSION: Session = {
  ...{ id: '3f2a91c0-2f5c-4f0e-8d26-0d3a7f6f1c55', userName: 'Ben\x1b[31m', byToken: false },
  ...{ userId: '0195f6f6-2f5c-7f0e-8d26-0d3a7f6f1c55', workspaceId: null, workspaceName: 'shop' },
  ...{ kind: 'ssh', terminalId: null, address: '192.0.2.7', startedAt: AT, endedAt: null },
  ...{ endReason: null, endedBy: null, bytesIn: 512, bytesOut: 2048 },
  recording: { state: 'whole', bytes: 300, removedAt: null, removedFor: null },
};
let asked: unknown[];

beforeEach(() => {
  asked = [];
  cli.server.on(sessionRoutes.list, ({ query }) => {
    asked.push(query);
    return { items: [SESSION], nextCursor: null };
  });
});

describe('sessions', () => {
  it('lists who is connected, from where, and how much went through', async () => {
    const { exitCode, stdout } = await cli.run(['sessions', 'list', '--workspace', 'shop']);

    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout:
        'ID        WHO       WORKSPACE  KIND  FROM       SINCE             IN     OUT      STATE\n' +
        '3f2a91c0  Ben [31m  shop       ssh   192.0.2.7  2026-01-02 03:04  512 B  2.0 KiB  open\n',
    });
    expect(asked).toMatchObject([{ state: 'open', workspace: 'shop' }]);
  });

  it('ends one by the beginning of its id, and says what goes on', async () => {
    cli.server.on(sessionRoutes.end, ({ params }) => {
      asked.push(params['id']);
      return {
        session: { ...SESSION, endedAt: AT, endReason: 'ended' },
        isOver: true,
        stillAlive: [
          { what: 'background', until: null },
          { what: 'certificate', until: AT },
        ],
      };
    });

    const { exitCode, stdout } = await cli.run(['sessions', 'end', '3f2a91c0']);
    const unknown = await cli.run(['sessions', 'end', 'ffff0000']);

    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout:
        "Ben [31m's ssh in shop is over\n" +
        '  - what it left running in the background goes on\n' +
        '  - its certificate opens another connection, for who may still use the workspace, until 2026-01-02 03:04\n',
    });
    expect(asked).toContain(SESSION.id);
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain('spt-flow sessions list');
  });
});

describe('recording', () => {
  it('lists what is kept', async () => {
    const { stdout } = await cli.run(['recording', 'list']);

    expect(stdout).toContain(
      '3f2a91c0  Ben [31m  shop       ssh   2026-01-02 03:04  -       300 B  whole',
    );
    expect(asked).toMatchObject([{ recorded: true }]);
  });

  it('shows and changes the policy', async () => {
    const policy = { mode: 'required', keepDays: 7, isDefaultKeepDays: false } as const;
    cli.server.on(sessionRoutes.setPolicy, ({ body }) => {
      asked.push(body);
      return { ...policy, maxBytes: 1024 ** 3, usedBytes: 0 };
    });

    const { stdout } = await cli.run([
      ...['recording', 'policy', '--mode', 'required', '--keep-days', '7'],
    ]);

    expect(asked).toEqual([{ mode: 'required', keepDays: 7 }]);
    expect(stdout).toContain('SSH can not be recorded and is refused');
  });
});
