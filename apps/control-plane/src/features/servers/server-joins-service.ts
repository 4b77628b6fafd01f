import type { ServerJoin } from '@spt-flow/shared/api/servers';
import type { Workspace } from '@spt-flow/shared/api/workspaces';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import { hashToken, newToken, newUserCode } from '../../lib/tokens.ts';
import { assertReachable, type ControlPlaneAddress } from './invitation.ts';
import type { ServerJoinRow, ServerJoinsRepository } from './server-joins-repository.ts';
import type { NewServer, ServersService } from './servers-service.ts';

const TTL_SECONDS = 600;
const INTERVAL_SECONDS = 2;
/** RFC 8628, section 3.5. */
const SLOWER_SECONDS = 5;

export interface ServerJoinsDeps {
  readonly repository: ServerJoinsRepository;
  readonly servers: Pick<ServersService, 'admit'>;
  readonly controlPlane: () => ControlPlaneAddress;
  readonly publicUrl: string;
  readonly audit: Audit;
  readonly clock: Clock;
}

export interface AskingMachine {
  readonly machineName: string;
  readonly machineFingerprint: string;
  readonly keyId: string;
  readonly tokenHash: string;
  readonly platform: string;
  readonly agentVersion: string;
  readonly address: string;
}

export interface Decision {
  readonly userCode: string;
  readonly correlationId: string;
}

export type ServerJoinsService = ReturnType<typeof createServerJoinsService>;

/** createServerJoinsService is the device flow (RFC 8628) of machines: they ask, a person compares and decides. */
export function createServerJoinsService(deps: ServerJoinsDeps) {
  const { repository, clock } = deps;

  async function claim(
    principal: Principal,
    { userCode, correlationId }: Decision,
    isDenied: boolean,
  ): Promise<ServerJoinRow> {
    const { userId: decidedBy, organizationId } = principal;
    const action = isDenied ? 'server-join.deny' : 'server-join.approve';
    const entry = { organizationId, principal: auditName(principal), action, correlationId };
    return repository.transaction(async (tx) => {
      const row = await repository.claim(userCode, { decidedBy, isDenied, now: clock.now() }, tx);
      if (!row) throw notWaiting();
      const { id: target, machineName, machineFingerprint, keyId, address } = row;
      const detail = { machineName, machineFingerprint, keyId, address };
      await deps.audit.record({ ...entry, target, detail }, tx);
      return row;
    });
  }

  return {
    async start(machine: AskingMachine) {
      const { url: _, ...trust } = deps.controlPlane();
      assertReachable(deps.controlPlane());
      const deviceCode = newToken('device');
      const userCode = newUserCode();
      const now = clock.now();
      await repository.insert(
        {
          ...machine,
          deviceCodeHash: hashToken(deviceCode),
          userCode,
          intervalSeconds: INTERVAL_SECONDS,
          expiresAt: new Date(now.getTime() + TTL_SECONDS * 1000),
          createdAt: now,
        },
        now,
      );
      return {
        deviceCode,
        userCode,
        verificationUrl: `${deps.publicUrl}/servers/join?code=${userCode}`,
        expiresInSeconds: TTL_SECONDS,
        intervalSeconds: INTERVAL_SECONDS,
        ...trust,
      };
    },

    async poll(deviceCode: string): Promise<{ name: string; workspaceId: string }> {
      const now = clock.now();
      const ask = { now, slowerSeconds: SLOWER_SECONDS };
      const row = await repository.poll(hashToken(deviceCode), ask);
      if (!row || row.expiresAt <= now) throw new AppError('join_expired');
      if (row.isTooSoon) throw new AppError('slow_down');
      if (row.isDenied) throw new AppError('join_denied');
      if (!row.workspace) throw new AppError('join_pending');
      if (row.workspace.desiredState === 'deleted') throw new AppError('join_expired');
      return { name: row.workspace.name, workspaceId: row.workspace.id };
    },

    async show(userCode: string): Promise<ServerJoin> {
      const row = await repository.findOpen(userCode, clock.now());
      if (!row) throw notWaiting();
      const { machineName, machineFingerprint, keyId, platform, agentVersion, address } = row;
      return {
        ...{ machineName, machineFingerprint, keyId, platform, agentVersion, address },
        serverKey: deps.controlPlane().serverKey,
        requestedAt: row.createdAt.toISOString(),
      };
    },

    async approve(principal: Principal, server: NewServer, decision: Decision): Promise<Workspace> {
      const row = await claim(principal, decision, false);
      try {
        const { tokenHash, keyId } = row;
        const guest = { tokenHash, keyId };
        const workspace = await deps.servers.admit(
          principal,
          { ...server, guest },
          decision.correlationId,
        );
        await repository.complete(row.id, workspace.id);
        return workspace;
      } catch (error) {
        await repository.release(row.id);
        throw error;
      }
    },

    async deny(principal: Principal, decision: Decision): Promise<void> {
      await claim(principal, decision, true);
    },
  };
}

/** The same for codes that nobody made, that are decided and that are old: a guess learns nothing. */
function notWaiting(): AppError {
  return new AppError('not_found', 'This code is not waiting for approval');
}
