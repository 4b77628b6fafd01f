import { randomUUID } from 'node:crypto';
import type { Message } from '@spt-flow/shared/api/conversations';
import { conversationRoutes } from '@spt-flow/shared/api/conversations';
import { projectRoutes, type Project } from '@spt-flow/shared/api/projects';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import type { ApiClient } from '@spt-flow/shared/api/client';
import { apiOf, createAdmin } from '../../harness/admin.ts';
import { createDataDirectory, startProduct, type Product } from '../../harness/product.ts';
import { until } from './until.ts';

export interface Running {
  readonly data: string;
  readonly token: string;
  product: Product;
  api: ApiClient;
  /** Ends it without a warning and starts it again on the same data and address. */
  killAndRestart(): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** startRunning starts the built product on fresh data with an admin. */
export async function startRunning(): Promise<Running> {
  const directory = await createDataDirectory();
  const product = await startProduct({ dataDirectory: directory.path });
  const { token } = await createAdmin(product);
  return runningAs({ product, token, onClosed: directory.remove });
}

/** runningAs is a product whose admin has the token. */
export function runningAs({
  product,
  token,
  env = {},
  onClosed,
}: {
  product: Product;
  token: string;
  env?: Readonly<Record<string, string>>;
  onClosed?: () => Promise<void>;
}): Running {
  const data = product.dataDirectory;
  const restart = async () => {
    const port = Number(new URL(running.product.origin).port);
    running.product = await startProduct({ dataDirectory: data, port, env });
    running.api = apiOf(running.product.origin, token);
  };
  const running: Running = {
    ...{ data, token, product, api: apiOf(product.origin, token), restart },
    killAndRestart: async () => {
      await running.product.kill();
      await restart();
    },
    close: async () => {
      await running.product.stop();
      await onClosed?.();
    },
  };
  return running;
}

export interface RunningProject {
  readonly project: Project;
  readonly workspaceId: string;
}

/** createProject makes a project and waits until its workspace runs. */
export async function createProject(
  running: Running,
  input: { name: string; repositoryUrl?: string },
): Promise<RunningProject> {
  const { project } = await running.api.call(projectRoutes.create, { body: input });
  const workspaceId = project?.workspace?.id;
  if (!project || workspaceId === undefined) throw new Error('The project has no workspace');
  await untilRunning(running, workspaceId);
  return { project, workspaceId };
}

export async function untilRunning(running: Running, workspaceId: string): Promise<void> {
  await until(`workspace ${workspaceId} runs`, async () => {
    const workspace = await running.api.call(workspaceRoutes.get, {
      params: { handle: workspaceId },
    });
    if (workspace.actualState === 'failed') throw new Error(workspace.failure ?? 'failed');
    return workspace.actualState === 'running' && workspace.agent.online;
  });
}

export async function say(running: Running, projectId: string, content: string): Promise<Message> {
  return running.api.call(conversationRoutes.send, {
    params: { handle: projectId },
    body: { clientMessageId: randomUUID(), content },
  });
}

export async function messagesOf(running: Running, projectId: string): Promise<Message[]> {
  const page = await running.api.call(conversationRoutes.messages, {
    params: { handle: projectId },
    query: {},
  });
  return page.items;
}

/** untilAnswered waits for the end of the turn that the message began and returns the answer. */
export async function untilAnswered(
  running: Running,
  projectId: string,
  sent: Message,
): Promise<Message> {
  return until(`an answer to "${sent.content}"`, async () => {
    const reply = await replyTo(running, projectId, sent);
    return reply?.state === 'queued' || reply?.state === 'running' ? undefined : reply;
  });
}

export async function replyTo(
  running: Running,
  projectId: string,
  sent: Message,
): Promise<Message | undefined> {
  const all = await messagesOf(running, projectId);
  return all.find(({ role, turnId }) => role === 'assistant' && turnId === sent.turnId);
}

export async function runInWorkspace(running: Running, workspaceId: string, command: string) {
  return running.api.call(workspaceRoutes.exec, {
    params: { handle: workspaceId },
    body: { command },
  });
}
