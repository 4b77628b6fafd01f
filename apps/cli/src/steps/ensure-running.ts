import type { Client } from '../api/client.ts';
import type { Context } from '../context.ts';
import { templateNotes } from '../words/template-notes.ts';

/** ensureRunning starts a workspace that does not run, and says so. */
export async function ensureRunning(
  context: Context,
  client: Client,
  handle: string,
): Promise<void> {
  const workspace = await client.getWorkspace(handle);
  for (const line of templateNotes(workspace, context.io.version)) context.note(line);
  if (workspace.actualState === 'running') return;
  context.note(`The workspace is ${workspace.actualState}, starting it…`);
  const { followWorkspace } = await import('./follow-workspace.ts');
  await followWorkspace({
    client,
    request: () => client.startWorkspace(handle),
    goal: 'running',
    progress: context.progress(),
  });
}
