import type { Transaction } from '@spt-flow/db/client';
import type { Belongings, FormerMember, HandedOver } from '@spt-flow/shared/api/members';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Audit, AuditEntry } from '../../lib/audit.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { BelongingsRepository, Moved } from './belongings-repository.ts';
import type { MembersService } from './members-service.ts';

const NOTHING: Moved = { workspaces: [], projects: [] };

export interface HandOverDeps {
  readonly repository: BelongingsRepository;
  readonly members: Pick<MembersService, 'remove'>;
  readonly audit: Audit;
  readonly stop: (by: Principal, workspaceId: string, correlationId: string) => Promise<unknown>;
  /** Secrets and lists depend on who owns what; nobody waits for it. */
  readonly onMoved: (organizationId: string, moved: Moved) => void;
  readonly onError: (error: unknown, workspaceId: string) => void;
}

export interface HandOverCall {
  readonly principal: Principal;
  readonly correlationId: string;
}

export type HandOver = ReturnType<typeof createHandOver>;

/** createHandOver gives what somebody has to somebody else, when they leave or afterwards. */
export function createHandOver(deps: HandOverDeps) {
  const { repository, audit } = deps;

  async function move(
    { principal, correlationId }: HandOverCall,
    { from, to }: { from: string; to: string },
    tx: Transaction,
  ): Promise<Moved> {
    const { organizationId } = principal;
    if (from === to) throw new AppError('validation_failed', 'It is theirs already');
    const role = await repository.lockRole({ organizationId, userId: to }, tx);
    if (!role) throw new AppError('not_found', 'There is no such member');
    if (role === 'readonly')
      throw new AppError('validation_failed', 'Who may only read can not own anything');
    const moved = await repository.move({ organizationId, userId: from }, to, tx);
    const entry = { organizationId, principal: auditName(principal), correlationId };
    const entries = (['workspace', 'project'] as const).flatMap((noun) =>
      moved[`${noun}s`].map((target): AuditEntry => ({
        ...{ ...entry, action: `${noun}.hand-over`, target, detail: { from, to } },
      })),
    );
    if (entries.length > 0) await audit.recordAll(entries, tx);
    return moved;
  }

  async function stopAll(
    { principal, correlationId }: HandOverCall,
    workspaceIds: readonly string[],
  ): Promise<number> {
    let stopped = 0;
    for (const id of workspaceIds) {
      try {
        await deps.stop(principal, id, correlationId);
        stopped += 1;
      } catch (error) {
        // One that is just being deleted needs no stop, and the others still do.
        deps.onError(error, id);
      }
    }
    return stopped;
  }

  function told(organizationId: string, moved: Moved, stopped: number): HandedOver {
    deps.onMoved(organizationId, moved);
    return { workspaces: moved.workspaces.length, projects: moved.projects.length, stopped };
  }

  return {
    async belongings({ organizationId }: Principal, userId: string): Promise<Belongings> {
      const key = { organizationId, userId };
      const found = await repository.list(key);
      const isKnown = found.workspaces.length + found.projects.length > 0;
      if (!isKnown && !(await repository.isMember(key)))
        throw new AppError('not_found', 'There is no such member');
      return found;
    },

    former: ({ organizationId }: Principal): Promise<FormerMember[]> =>
      repository.former(organizationId),

    async handOver(
      call: HandOverCall,
      { from, to }: { from: string; to: string },
    ): Promise<HandedOver> {
      const moved = await repository.transaction((tx) => move(call, { from, to }, tx));
      return told(call.principal.organizationId, moved, 0);
    },

    async removeMember(
      call: HandOverCall,
      {
        userId,
        transferTo,
        stop,
      }: { userId: string; transferTo?: string | undefined; stop: boolean },
    ): Promise<HandedOver> {
      const { principal, correlationId } = call;
      const { organizationId } = principal;
      let moved = NOTHING;
      let running: readonly string[] = [];
      await deps.members.remove(principal, { userId, correlationId }, async (tx) => {
        if (stop) running = await repository.running({ organizationId, userId }, tx);
        if (transferTo !== undefined)
          moved = await move(call, { from: userId, to: transferTo }, tx);
      });
      return told(organizationId, moved, await stopAll(call, running));
    },
  };
}
