import { APP_MANIFEST_FILE, AppManifestSchema } from '@spt-flow/shared/domain/app-manifest';
import type { Edit } from '@spt-flow/shared/api/change-sets';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { KnownValue } from '@spt-flow/shared/agent-protocol/known-values';
import type { Attachments } from './attachments.ts';
import type {
  ApplyChangeSet,
  ChatLogger,
  ChatProjects,
  ChatWorkspaces,
  ReadyWorkspace,
} from './chat-deps.ts';
import type { ChatRepository, ClaimedTurn } from './chat-repository.ts';
import { deployTurn, publishApp } from './deploy-turn.ts';
import type { Outcome } from './ended-turn.ts';
import type { MessageRow } from './message-view.ts';
import { runTurn } from './pipeline/run-turn.ts';
import { TurnSteps } from './pipeline/turn-steps.ts';
import type { PageProof, TurnInput, TurnLimits, TurnSink } from './pipeline/turn-types.ts';
import type { ImagePart, ModelProvider } from './providers/model-provider.ts';
import { asksToPublish } from './publish-words.ts';
import { EARLIER_MESSAGES, picturesToSee, planningOf, recall } from './recall.ts';
import type { Screenshots } from './screenshots-repository.ts';
import type { Spending } from './spending.ts';

export interface AnswerDeps {
  readonly repository: Pick<ChatRepository, 'project' | 'history'>;
  readonly projects: ChatProjects;
  readonly workspaces: ChatWorkspaces;
  readonly applyChangeSet: ApplyChangeSet;
  readonly provider: ModelProvider;
  readonly fallback: ModelProvider | null;
  readonly spending: Spending;
  readonly screenshots: Screenshots;
  readonly attachments: Attachments;
  readonly limits: TurnLimits;
  /** Messages before the request that the model sees. */
  readonly historyMessages: number;
  /** Values that must never reach the model. */
  readonly secrets: readonly KnownValue[];
  readonly logger: ChatLogger;
}

interface Turn {
  readonly projectId: string;
  readonly claimed: ClaimedTurn;
  readonly broadcast: TurnSink;
  readonly signal: AbortSignal;
}

/** Asked is a turn whose machine is there. */
interface Asked extends Turn {
  readonly projectName: string;
  readonly workspace: ReadyWorkspace;
}

type Told = Pick<TurnInput, 'history' | 'earlierRequests' | 'planning' | 'images'>;

interface Answered {
  readonly outcome: Outcome;
  /** The kind of app that it has become; undefined: as it was. */
  readonly kind: string | undefined;
}

/** answerTurn wakes the project's machine, does what the turn asks for there, and says what became of the project. */
export async function answerTurn(deps: AnswerDeps, turn: Turn): Promise<Outcome> {
  const { projectId, claimed, broadcast, signal } = turn;
  const project = await deps.repository.project(projectId);
  if (!project) throw new AppError('not_found');
  if (project.status === 'created')
    await deps.projects.setStatus(projectId, { status: 'generating' });
  const opening = new TurnSteps(
    (step) => broadcast.step(step),
    () => performance.now(),
  );
  const workspace = await deps.workspaces.ensureReady(projectId, {
    ...{ signal, correlationId: claimed.turn.correlationId },
    onWaking: () => opening.start('machine', 'Waking up your app’s machine'),
  });
  opening.end('machine', { ok: true });
  const { outcome, kind } = await answer(deps, { ...turn, projectName: project.name, workspace });
  await reportStatus(deps.projects, project, { outcome, kind });
  return { ...outcome, steps: [...opening.all, ...outcome.steps] };
}

/** Who only asks to publish needs no model. */
async function answer(deps: AnswerDeps, asked: Asked): Promise<Answered> {
  const { projectId, workspace, broadcast, signal } = asked;
  const { conversation, request } = asked.claimed;
  const { historyMessages } = deps;
  const rows = await deps.repository.history(conversation, historyMessages + EARLIER_MESSAGES);
  const images = await imagesOf(deps.attachments, projectId, [...rows, request]);
  const recalled = recall(rows, { historyMessages, images });
  const planning = planningOf(request, recalled.planning, deps.provider);
  if (planning === null && asksToPublish(request.content))
    return {
      outcome: await deployTurn(workspace, { sink: broadcast, signal }),
      kind: undefined,
    };
  return askModel(deps, asked, { ...recalled, planning, images: images.get(request.id) ?? [] });
}

async function askModel(deps: AnswerDeps, asked: Asked, told: Told): Promise<Answered> {
  const { projectId, projectName, workspace, broadcast, signal } = asked;
  const { turn, conversation, request } = asked.claimed;
  const { provider, fallback, spending, limits } = deps;
  const { organizationId, correlationId, id: turnId } = turn;
  let kind: string | undefined;
  const outcome = await runTurn({
    ...{ provider, fallback, limits, signal, sink: broadcast, now: () => performance.now() },
    prices: spending.prices,
    setAside: (choose) => spending.hold({ organizationId, projectId, id: turnId }, choose),
    projectName,
    decisions: conversation.decisions,
    ...told,
    request: request.content,
    files: workspace.files,
    machine: workspace.machine(signal),
    publish: (steps) => publishApp(workspace, { steps, signal }),
    lookAt: (path) => lookAt(deps, workspace, { path, projectId, organizationId, signal }),
    secrets: [...deps.secrets, ...workspace.secrets],
    secretNames: workspace.secrets.map(({ name }) => name),
    applyChange: (change) => {
      kind = kindIn(change.edits) ?? kind;
      return deps.applyChangeSet({
        ...change,
        ...{ workspaceId: workspace.workspaceId, correlationId, turnId },
        conversationId: conversation.id,
      });
    },
  });
  return { outcome, kind };
}

/** The kind of app that a change sets up, from its manifest. */
function kindIn(edits: readonly Edit[]): string | undefined {
  const manifest = edits.find((edit) => edit.path === APP_MANIFEST_FILE);
  if (manifest?.action !== 'write') return undefined;
  try {
    return AppManifestSchema.parse(JSON.parse(manifest.text)).kind;
  } catch {
    // The change set reports a bad manifest; here it only means that the kind is unknown.
    return undefined;
  }
}

async function imagesOf(
  attachments: Attachments,
  projectId: string,
  rows: readonly MessageRow[],
): Promise<ReadonlyMap<string, readonly ImagePart[]>> {
  const images = new Map<string, readonly ImagePart[]>();
  for (const [id, pictures] of picturesToSee(rows))
    images.set(id, await attachments.parts(projectId, pictures));
  return images;
}

interface PageToSee {
  readonly path: string;
  readonly projectId: string;
  readonly organizationId: string;
  readonly signal: AbortSignal;
}

/** Proof is worth having, but a browser that fails does not make a working change fail. */
async function lookAt(
  { screenshots, logger }: AnswerDeps,
  workspace: ReadyWorkspace,
  { path, signal, ...owner }: PageToSee,
): Promise<PageProof | null> {
  try {
    const seen = await workspace.lookAt(path, signal);
    if (!seen) return null;
    const { picture, ...proof } = seen;
    return { ...proof, screenshotId: await screenshots.add({ ...owner, picture }) };
  } catch (error) {
    logger.error({ err: error, ...owner }, 'the page could not be looked at');
    return null;
  }
}

async function reportStatus(
  projects: ChatProjects,
  project: { id: string; status: string },
  { outcome, kind }: Answered,
): Promise<void> {
  if (outcome.summary !== null)
    await projects.setStatus(project.id, {
      status: 'ready',
      ...(kind !== undefined && { template: kind }),
    });
  else if (project.status === 'created' || project.status === 'generating') {
    await projects.setStatus(project.id, {
      status: outcome.state === 'failed' ? 'failed' : 'created',
    });
  }
}
