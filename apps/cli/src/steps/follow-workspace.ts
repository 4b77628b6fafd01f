import type { Transition, Workspace } from '@spt-flow/shared/api/workspaces';
import type { Client } from '../api/client.ts';
import { CliError, EXIT } from '../core/errors.ts';
import type { LiveFeed } from '../api/live-feed.ts';
import type { Progress } from '../core/progress.ts';
import { plain } from '../core/text.ts';

type ActualState = Workspace['actualState'];

interface FollowOptions {
  readonly client: Client;
  readonly progress: Progress;
  readonly goal: ActualState;
  /** Asks for the change; called once events are certain to arrive. */
  readonly request: () => Promise<Workspace>;
  /** Shows the log too: from its beginning, or only what is new. */
  readonly log?: 'whole' | 'new';
}

/** followWorkspace asks for a change and resolves when it is done; a failure carries the provider's own words. */
export async function followWorkspace(options: FollowOptions): Promise<Workspace> {
  const { client, progress } = options;
  const [me, feed] = await Promise.all([client.me(), client.openLiveFeed()]);
  try {
    await feed.subscribe(`organization:${me.organization.id}`, null);
    const asked = await options.request();
    if (asked.actualState === options.goal) return asked;
    if (options.log) await feed.subscribe(`logs:${asked.id}`, options.log === 'whole' ? 0 : null);
    return await waitForGoal(feed, asked, options);
  } finally {
    progress.end();
    feed.close();
  }
}

async function waitForGoal(
  feed: LiveFeed,
  asked: Workspace,
  options: FollowOptions,
): Promise<Workspace> {
  const { client, progress } = options;
  let transition: Transition | undefined;
  let resync = false;
  for await (const update of feed.updates()) {
    let workspace: Workspace | undefined;
    if (update.type === 'connection') {
      progress.line(
        update.state === 'lost' ? 'Connection lost, connecting again…' : 'Connected again',
      );
    } else if (update.type === 'reset') {
      resync = true;
    } else if (update.event.type === 'log') {
      if (update.event.line.level !== 'debug') progress.line(update.event.line.text);
    } else if (
      update.event.type === 'transition.changed' &&
      update.event.workspaceId === asked.id
    ) {
      transition = update.event.transition;
      progress.steps(transition.steps);
    } else if (
      update.event.type === 'workspace.changed' &&
      update.event.workspace.id === asked.id
    ) {
      workspace = update.event.workspace;
    }
    if (resync) workspace = await client.getWorkspace(asked.id);
    resync = false;
    if (!workspace) continue;
    if (workspace.actualState === options.goal) {
      tellSkipped(progress, workspace, transition);
      return workspace;
    }
    // The state from before the request may still say `failed`.
    if (workspace.actualState === 'failed' && workspace.stateSince !== asked.stateSince) {
      throw failed(workspace, transition);
    }
  }
  throw new CliError({ what: 'The events of the server ended', exitCode: EXIT.unreachable });
}

/** Some steps, such as a start script of somebody's own, may fail without keeping anybody out. */
function tellSkipped(
  progress: Progress,
  { name, provider }: Workspace,
  transition: Transition | undefined,
): void {
  const step = transition?.steps.find(({ state }) => state === 'failed');
  if (!step) return;
  progress.line(`"${step.name}" failed; the workspace can be used. See: spt-flow logs ${name}`);
  progress.line('Correct that, then stop and start it');
  if (provider === 'docker')
    progress.line(`After a change of its devcontainer: spt-flow rebuild ${name}`);
}

function failed(workspace: Workspace, transition: Transition | undefined): CliError {
  const reason = workspace.failure ?? transition?.failure ?? 'The workspace could not be started';
  const step = transition?.steps.find(({ state }) => state === 'failed');
  return new CliError({
    what: plain(reason),
    details: step ? [plain(`Failed at: ${describeFailure(step, reason)}`)] : [],
    safe: 'Your work is saved',
    command: `spt-flow logs ${workspace.name}`,
    exitCode: EXIT.failure,
  });
}

/** The reason is usually what the step says too. */
function describeFailure({ name, detail }: Transition['steps'][number], reason: string): string {
  return detail === null || detail === reason ? name : `${name}: ${detail}`;
}
