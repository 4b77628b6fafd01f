import type { Transaction } from '@spt-flow/db/client';
import type { Group } from '@spt-flow/shared/api/groups';
import type { MethodId } from '@spt-flow/shared/api/sign-in';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Audit } from '../../lib/audit.ts';
import { isRowsFault } from '../../lib/database-error.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { GroupRow, GroupsRepository } from './groups-repository.ts';

/** A list that a person still reads. */
const MAX_GROUPS = 200;

export interface GroupCall {
  readonly principal: Principal;
  readonly correlationId: string;
}

export interface GroupsServiceDeps {
  readonly repository: GroupsRepository;
  readonly audit: Audit;
  /** The ways to sign in that tell in which groups somebody is. */
  readonly tellGroups: readonly MethodId[];
  /** Who is in which group has changed, and so who reaches what. */
  readonly onChanged: (organizationId: string) => void;
}

interface Change {
  readonly id: string;
  readonly action: string;
  readonly detail?: Record<string, unknown>;
}

export type GroupsService = ReturnType<typeof createGroupsService>;

/** createGroupsService shows the groups of an organization to all of its members, and lets admins change them. */
export function createGroupsService(deps: GroupsServiceDeps) {
  const { repository, audit } = deps;

  async function show(organizationId: string, id: string): Promise<Group> {
    const [group] = await repository.list(organizationId, id);
    if (!group) throw new AppError('not_found', 'There is no such group');
    return group;
  }

  async function record(
    { principal, correlationId }: GroupCall,
    { id, action, detail = {} }: Change,
    tx: Transaction,
  ): Promise<void> {
    const { organizationId } = principal;
    const entry = { organizationId, principal: auditName(principal), correlationId };
    await audit.record({ ...entry, action: `group.${action}`, target: id, detail }, tx);
  }

  async function change(
    call: GroupCall,
    what: Change,
    run: (group: GroupRow, tx: Transaction) => Promise<void>,
  ): Promise<void> {
    const { organizationId } = call.principal;
    await repository.transaction(async (tx) => {
      const group = await repository.lock(organizationId, what.id, tx);
      if (!group) throw new AppError('not_found', 'There is no such group');
      await run(group, tx);
      const detail = { name: group.name, ...what.detail };
      await record(call, { ...what, detail }, tx);
    });
    deps.onChanged(organizationId);
  }

  return {
    list: async ({ organizationId }: Principal) => repository.list(organizationId),

    async create(
      call: GroupCall,
      { name, follows }: { name: string; follows: MethodId | null },
    ): Promise<Group> {
      const { organizationId } = call.principal;
      if (follows !== null && !deps.tellGroups.includes(follows))
        throw new AppError(
          'validation_failed',
          'This way to sign in is not set up here, or does not tell in which groups people are',
        );
      const id = await repository.transaction(async (tx) => {
        if ((await repository.count(organizationId, tx)) >= MAX_GROUPS)
          throw new AppError('limit_reached', `There can be ${MAX_GROUPS} groups`);
        const made = await withFreeName(name, () =>
          repository.insert({ organizationId, name, follows }, tx),
        );
        await record(call, { id: made, action: 'create', detail: { name, follows } }, tx);
        return made;
      });
      return show(organizationId, id);
    },

    async rename(call: GroupCall, { id, name }: { id: string; name: string }): Promise<Group> {
      const detail = { to: name };
      await change(call, { id, action: 'rename', detail }, async (group, tx) => {
        assertOwn(group);
        await withFreeName(name, () => repository.rename(id, name, tx));
      });
      return show(call.principal.organizationId, id);
    },

    async remove(call: GroupCall, id: string): Promise<void> {
      await change(call, { id, action: 'delete' }, (_group, tx) => repository.remove(id, tx));
    },

    async addMember(call: GroupCall, { id, userId }: { id: string; userId: string }) {
      const { organizationId } = call.principal;
      await change(call, { id, action: 'join', detail: { userId } }, async (group, tx) => {
        assertOwn(group);
        if (!(await repository.isMember(organizationId, userId, tx)))
          throw new AppError('not_found', 'There is no such member');
        await repository.add([id], userId, tx);
      });
      return show(organizationId, id);
    },

    async removeMember(call: GroupCall, { id, userId }: { id: string; userId: string }) {
      await change(call, { id, action: 'leave', detail: { userId } }, async (group, tx) => {
        assertOwn(group);
        if ((await repository.take([id], userId, tx)) === 0)
          throw new AppError('not_found', 'They are not in this group');
      });
      return show(call.principal.organizationId, id);
    },
  };
}

/** What is changed here would be undone by the next sign-in. */
function assertOwn({ follows }: GroupRow): void {
  if (follows !== null) throw new AppError('group_follows');
}

async function withFreeName<T>(name: string, store: () => Promise<T>): Promise<T> {
  try {
    return await store();
  } catch (error) {
    if (isRowsFault(error)) throw new AppError('name_taken', `There is a group "${name}" already`);
    throw error;
  }
}
