import * as z from 'zod';
import { AppError, ERROR_CODES } from '@spt-flow/shared/domain/errors';
import { answerWith, type Replicas } from '../../replicas/index.ts';
import type { ForceDelete } from './force-delete.ts';
import type { Reconciler } from './reconciler.ts';
import type { WorkspacesRepository } from '../workspaces-repository.ts';

export const FailureSchema = z
  .object({ code: z.enum(ERROR_CODES), message: z.string() })
  .nullable();

/** Anything else is told of by the row of the workspace. */
export function toFailure(failure: unknown): z.infer<typeof FailureSchema> {
  return failure instanceof AppError ? { code: failure.code, message: failure.message } : null;
}

const OfWorkspace = z.object({ workspaceId: z.uuid() });
const RequestSchema = OfWorkspace.extend({
  cause: z.object({
    reason: z.string(),
    correlationId: z.string(),
    isBackground: z.literal(true).optional(),
  }),
});
const CancelSchema = OfWorkspace.extend({ reason: z.string() });

export interface ServeWorkDeps {
  readonly replicas: Pick<Replicas, 'serve'>;
  readonly local: Reconciler;
  readonly repository: Pick<WorkspacesRepository, 'get'>;
  readonly forceDelete: ForceDelete;
}

/** serveWork does for other replicas what is asked of workspaces that this one looks after. */
export function serveWork({ replicas, local, repository, forceDelete }: ServeWorkDeps): void {
  const serve = <Head>(name: string, schema: z.ZodType<Head>, work: (head: Head) => unknown) =>
    replicas.serve(
      `workspaces.${name}`,
      answerWith(schema, async (head) => work(head)),
    );
  serve('request', RequestSchema, async ({ workspaceId, cause: { isBackground, ...cause } }) => {
    const row = await repository.get(workspaceId);
    if (row) local.request(row, { ...cause, ...(isBackground && { isBackground }) });
  });
  serve('hurry', OfWorkspace, ({ workspaceId }) => local.hurry(workspaceId));
  serve('cancel', CancelSchema, ({ workspaceId, reason }) => local.cancel(workspaceId, reason));
  serve('settled', OfWorkspace, ({ workspaceId }) => local.settled(workspaceId));
  serve('busy', OfWorkspace, ({ workspaceId }) => local.isBusy(workspaceId));
  serve('failure', OfWorkspace, ({ workspaceId }) => toFailure(local.failureOf(workspaceId)));
  serve('force-delete', OfWorkspace, async ({ workspaceId }) => {
    const row = await repository.get(workspaceId);
    return row ? forceDelete(row) : [];
  });
}
