import { createHash } from 'node:crypto';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Delivery } from './forge.ts';
import type { ForgeRepository } from './forge-repository.ts';
import { projectOfHook } from './gitlab/hook-event.ts';
import { verifyHook, type HookKeys } from './gitlab/hook-keys.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_ID = 128;

export interface HookDeskDeps {
  readonly repository: Pick<ForgeRepository, 'find' | 'project' | 'takeDelivery' | 'change'>;
  readonly keysOf: (projectId: string) => HookKeys;
  readonly now: () => Date;
  readonly onNews: () => void;
}

/**
 * createHookDesk takes deliveries of webhooks: a true one only says that something happened, so that the project is looked
 * at. What happened is asked of GitLab, which makes late, lost and repeated ones harmless.
 */
export function createHookDesk({ repository, keysOf, now, onNews }: HookDeskDeps) {
  return async (projectId: string, { headers, body }: Delivery): Promise<void> => {
    const header = (name: string) => {
      const value = headers[name];
      return typeof value === 'string' ? value : undefined;
    };
    const link = UUID.test(projectId) ? await repository.find(projectId) : undefined;
    // Also where there is no such project: the answer takes as long, and says the same.
    const proof = verifyHook(keysOf(projectId), {
      ...{ body, now: now() },
      headers: {
        token: header('x-gitlab-token'),
        id: header('webhook-id'),
        timestamp: header('webhook-timestamp'),
        signature: header('webhook-signature'),
      },
    });
    if (!link || !proof || (link.isSigned && proof !== 'signature'))
      throw new AppError('hook_not_genuine');
    const project = await repository.project(projectId);
    const remoteId = projectOfHook(body);
    if (remoteId !== undefined && remoteId !== project?.remoteId)
      throw new AppError('hook_not_genuine');
    const receivedAt = now();
    const seen = { lastHookAt: receivedAt, ...(proof === 'signature' && { isSigned: true }) };
    if (remoteId === undefined) {
      await repository.change(projectId, seen);
      return;
    }
    const id = header('webhook-id') ?? header('idempotency-key') ?? header('x-gitlab-event-uuid');
    const isNew = await repository.takeDelivery(
      { projectId, receivedAt, id: idOf(id, body) },
      { ...seen, dueAt: receivedAt },
    );
    if (isNew) onNews();
  };
}

/** What is repeated is the same: a delivery without an id is known by its body. */
function idOf(id: string | undefined, body: Buffer): string {
  if (id !== undefined && id !== '' && id.length <= MAX_ID) return id;
  return createHash('sha256').update(body).digest('hex');
}
