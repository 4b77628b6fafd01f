import { APP_MANIFEST_FILE } from '@spt-flow/shared/domain/app-manifest';
import type { SharingLevel } from '@spt-flow/shared/domain/sharing';
import type { Deployment, ReadyWorkspace } from './chat-deps.ts';
import { endedWith, type Outcome } from './ended-turn.ts';
import { TurnSteps } from './pipeline/turn-steps.ts';
import type { TurnSink } from './pipeline/turn-types.ts';

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

/** deployTurn sees to it that the app runs, and says where, and for whom; no model is asked. */
export async function deployTurn(
  workspace: Pick<ReadyWorkspace, 'files' | 'deploy'>,
  { sink, signal }: { readonly sink: TurnSink; readonly signal: AbortSignal },
): Promise<Outcome> {
  const steps = new TurnSteps(
    (step) => sink.step(step),
    () => performance.now(),
  );
  const end = (state: Outcome['state'], text: string) => {
    sink.text(text);
    return { ...endedWith(state, text), steps: steps.all };
  };
  if ((await workspace.files.read(APP_MANIFEST_FILE)) === null) return end('done', NO_APP);
  steps.start('deploy', 'Putting your app online');
  const deployment = await workspace.deploy(signal);
  const { isAnswering } = deployment;
  steps.end('deploy', { ok: isAnswering });
  return end(isAnswering ? 'done' : 'failed', textOf(deployment));
}
