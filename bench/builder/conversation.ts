import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { conversationRoutes, type Message } from '@spt-flow/shared/api/conversations';
import { projectRoutes, type Project } from '@spt-flow/shared/api/projects';
import type { Subject } from '../harness/subject.ts';

const POLL_MS = 300;
/** A first build of a Go app, with an empty cache on a busy machine. */
const PATIENCE_MS = 300_000;

export async function newProject({ api }: Subject, name: string): Promise<Project> {
  const { project } = await api.call(projectRoutes.create, { body: { name } });
  if (!project) throw new Error('The project was not created');
  return project;
}

export async function removeProject({ api }: Subject, project: Project): Promise<void> {
  await api.call(projectRoutes.remove, {
    params: { handle: project.slug },
    body: { confirmName: project.name },
  });
}

export async function send({ api }: Subject, project: Project, content: string): Promise<Message> {
  return api.call(conversationRoutes.send, {
    params: { handle: project.slug },
    body: { clientMessageId: randomUUID(), content },
  });
}

/** ask sends a message and resolves with the answer, once its turn is over. */
export async function ask(subject: Subject, project: Project, content: string): Promise<Message> {
  const { turnId } = await send(subject, project, content);
  const params = { handle: project.slug };
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    const { items } = await subject.api.call(conversationRoutes.messages, { params, query: {} });
    const answer = items.find((item) => item.role === 'assistant' && item.turnId === turnId);
    if (answer && answer.state !== 'running' && answer.state !== 'queued') return answer;
    await sleep(POLL_MS);
  }
  throw new Error(`"${content}" was not answered`);
}
