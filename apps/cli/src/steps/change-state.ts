import type { Workspace } from '@spt-flow/shared/api/workspaces';
import type { Client } from '../api/client.ts';
import type { Context, OutputFormat } from '../context.ts';
import { InterruptedError } from '../core/errors.ts';
import { plain } from '../core/text.ts';

export interface ChangeOptions {
  readonly wait: boolean;
  readonly output: OutputFormat;
}

interface Change {
  readonly client: Client;
  readonly handle: string;
  readonly goal: 'running' | 'stopped' | 'deleted';
  readonly request: () => Promise<Workspace>;
  readonly options: ChangeOptions;
}

/** changeState asks for a state, waits for it unless told not to, and prints the workspace. */
export async function changeState(context: Context, change: Change): Promise<void> {
  const workspace = await perform(context, change);
  const name = plain(workspace.name);
  const text =
    workspace.actualState === change.goal
      ? `Workspace '${name}' is ${change.goal}`
      : `Workspace '${name}' was asked to be ${change.goal}; now it is ${workspace.actualState}`;
  context.print(change.options.output, { data: workspace, text });
}

async function perform(context: Context, change: Change): Promise<Workspace> {
  const sent = { isAnswered: false };
  async function request(): Promise<Workspace> {
    const workspace = await change.request();
    sent.isAnswered = true;
    return workspace;
  }
  if (!change.options.wait) return request();
  const { followWorkspace } = await import('./follow-workspace.ts');
  try {
    return await followWorkspace({ ...change, request, progress: context.progress() });
  } catch (error) {
    if (!context.io.signal.aborted || !sent.isAnswered) throw error;
    throw new InterruptedError(
      `It goes on without you\n  Follow it: spt-flow logs ${change.handle} --follow`,
    );
  }
}
