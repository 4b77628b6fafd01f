import { AppError } from '@spt-flow/shared/domain/errors';
import * as z from 'zod';
import { runInWorkspace } from '../../agents/index.ts';
import type { Connected, OperationsDeps } from './operations-deps.ts';
import { STEPS } from './steps.ts';
import { settingsOf } from '../policy/index.ts';
import { gitConfigOf } from '../../providers/index.ts';
import type { TransitionRun } from '../transitions/index.ts';
import type { WorkspaceRow } from '../workspaces-repository.ts';

const COMMAND_TIMEOUT_MS = 20_000;

/** Whose commits they are, of which git believes what it reads last; the prompt of a sandbox names the workspace. */
const INTRODUCE = `
printf '%s' "$1" >> "$HOME/.gitconfig" || exit
if [ -f "$HOME/.bashrc" ]; then sed -i "s/^PS1='[A-Za-z0-9_.-]*:/PS1='$2:/" "$HOME/.bashrc"; fi
`;

const StateSchema = z.object({ adoption: z.enum(['as-made', 'changed']) });

interface Adopted {
  readonly started: Connected;
  /** What was prepared in it is what its owner asked for. */
  readonly isAsMade: boolean;
}

/**
 * adopt gives a workspace that was kept ready to its owner, over its agent's connection and without a restart.
 * Undefined: it was not, or does not run any more, and is started like any other.
 */
export async function adopt(
  deps: OperationsDeps,
  workspace: WorkspaceRow,
  run: TransitionRun,
): Promise<Adopted | undefined> {
  const state = StateSchema.safeParse(workspace.providerState);
  if (!state.success) return undefined;
  const isAsMade = state.data.adoption === 'as-made';
  // Whatever becomes of it: the next start is an ordinary one.
  await deps.repository.setProviderState(workspace.id, {
    state: { adoption: null, ...(!isAsMade && { seeded: false }) },
  });
  if (!deps.hub.isOnline(workspace.id)) return undefined;
  await run.step(STEPS.adopt, () => introduce(deps, workspace, run));
  const container = (await deps.furnishing?.containerOf(workspace)) ?? null;
  // Its end is noticed by whoever needs it next, and by the reconciler afterwards.
  return { isAsMade, started: { failed: new Promise<never>(() => undefined), container } };
}

async function introduce(
  deps: OperationsDeps,
  workspace: WorkspaceRow,
  run: TransitionRun,
): Promise<void> {
  deps.hub.moveTo(workspace.id, workspace.organizationId);
  await Promise.all([addEnvironment(deps, workspace, run), nameOwner(deps, workspace, run)]);
}

async function addEnvironment(
  { hub }: OperationsDeps,
  workspace: WorkspaceRow,
  { correlationId }: TransitionRun,
): Promise<void> {
  const { environment } = settingsOf(workspace);
  const { stream } = await hub.request(workspace.id, {
    ...{ method: 'environment.add', variables: environment, correlationId },
  });
  stream.end();
  stream.resume();
}

async function nameOwner(
  { hub, repository, providers }: OperationsDeps,
  workspace: WorkspaceRow,
  { correlationId, signal }: TransitionRun,
): Promise<void> {
  const { id, name } = workspace;
  const { ownerName = '', ownerEmail = '' } = (await repository.surroundings(id)) ?? {};
  const owner = { name: ownerName, email: ownerEmail };
  const provider = providers.of(workspace);
  if (provider.nameOwner) return provider.nameOwner(id, owner);
  const config = gitConfigOf(owner);
  const label = name.replace(/[^\w.-]/g, '');
  const { exitCode, stderr } = await runInWorkspace(hub, id, {
    argv: ['/bin/sh', '-c', INTRODUCE, 'sh', config, label],
    timeoutMs: COMMAND_TIMEOUT_MS,
    ...{ correlationId, signal },
  });
  if (exitCode !== 0)
    throw new AppError('workspace_start_failed', stderr.toString().trim().slice(0, 500));
}
