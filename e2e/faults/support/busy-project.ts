import { startApp } from './apps.ts';
import {
  createProject,
  say,
  untilAnswered,
  type Running,
  type RunningProject,
} from './running-product.ts';

export interface BusyProject extends RunningProject {
  readonly changeSetId: string;
  readonly messageId: string;
}

/** createBusyProject makes one that has whatever a project can have: an app, a change and a conversation. */
export async function createBusyProject(
  running: Running,
  { name, words }: { name: string; words: string },
): Promise<BusyProject> {
  const made = await createProject(running, { name });
  const change = await startApp(running, made.workspaceId);
  const sent = await say(running, made.project.id, words);
  await untilAnswered(running, made.project.id, sent);
  return { ...made, changeSetId: change.id, messageId: sent.id };
}
