import { APP_MANIFEST_FILE } from '@spt-flow/shared/domain/app-manifest';
import type { SharingLevel } from '@spt-flow/shared/domain/sharing';
import type { Deployment, ReadyWorkspace } from './chat-deps.ts';
import { endedWith, type Outcome } from './ended-turn.ts';
import { TurnSteps } from './pipeline/turn-steps.ts';
import type { Published, TurnSink } from './pipeline/turn-types.ts';

const NO_APP =
  'There is no app yet. Say what you want to build: it is online as soon as it works, and after each change.';

const AUDIENCE: Readonly<Record<SharingLevel, string>> = {
  private: 'Only you and admins of your organization can open it.',
  organization: 'Everybody in your organization can open it, after signing in.',
  public: 'Everybody who has the address can open it.',
};

function textOf({ url, sharing, isAnswering }: Deployment): string {
  if (!isAnswering)
    return 'Your app was started, but it does not answer. Its files are unchanged. Ask me to find out why, or look at **Logs**.';
  return `Your app is online, and it answers: ${url}\n\n${AUDIENCE[sharing]} **Share**, above the preview, changes that.`;
}

interface Publishing {
  readonly steps: TurnSteps;
  readonly signal: AbortSignal;
}

/** publishApp sees to it that the app runs, and says where, and for whom. */
export async function publishApp(
  { files, deploy }: Pick<ReadyWorkspace, 'files' | 'deploy'>,
  { steps, signal }: Publishing,
): Promise<Published> {
  if ((await files.read(APP_MANIFEST_FILE)) === null) return { state: 'done', text: NO_APP };
  steps.start('deploy', 'Putting your app online');
  const deployment = await deploy(signal);
  const { isAnswering } = deployment;
  steps.end('deploy', { ok: isAnswering });
  return { state: isAnswering ? 'done' : 'failed', text: textOf(deployment) };
}

/** deployTurn publishes the app without asking a model. */
export async function deployTurn(
  workspace: Pick<ReadyWorkspace, 'files' | 'deploy'>,
  { sink, signal }: { readonly sink: TurnSink; readonly signal: AbortSignal },
): Promise<Outcome> {
  const steps = new TurnSteps(
    (step) => sink.step(step),
    () => performance.now(),
  );
  const { state, text } = await publishApp(workspace, { steps, signal });
  sink.text(text);
  return { ...endedWith(state, text), steps: steps.all };
}
