import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { conversations, organizations, projects, users } from '@spt-flow/db/schema';
import type { Message } from '@spt-flow/shared/api/conversations';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import { LiveEventSchema } from '@spt-flow/shared/api/live';
import { AppError } from '@spt-flow/shared/domain/errors';
import { afterEach, beforeEach } from 'vitest';
import {
  createChat,
  type Chat,
  type ChatChange,
  type ChatDeps,
  type ChatWorkspaces,
  type ModelProvider,
  type ReadyWorkspace,
} from '../../src/features/chat/index.ts';
import { noDeployment, noMachine } from '../../src/features/chat/testing/memory-machine.ts';
import { memoryFiles } from '../../src/features/chat/testing/memory-files.ts';
import { changeSetOf } from '../../src/features/chat/testing/turn-harness.ts';
import { createEventLog } from '../../src/features/live/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { useDatabases } from '../support/database.ts';

export interface TestProject {
  readonly id: string;
  readonly organizationId: string;
}

export async function insertProject(db: Database): Promise<TestProject> {
  const [organization] = await db
    .insert(organizations)
    .values({ name: 'Org', slug: `org-${randomUUID().slice(0, 8)}` })
    .returning();
  const [user] = await db
    .insert(users)
    .values({ name: 'Ann', email: `${randomUUID()}@example.com` })
    .returning();
  if (!organization || !user) throw new Error('no rows');
  const organizationId = organization.id;
  const [project] = await db
    .insert(projects)
    .values({
      organizationId,
      userId: user.id,
      name: 'Café',
      slug: `cafe-${randomUUID().slice(0, 8)}`,
    })
    .returning();
  if (!project) throw new Error('no project');
  await db.insert(conversations).values({ organizationId, projectId: project.id });
  return { id: project.id, organizationId };
}

type Counted = Parameters<ChatDeps['countTokens']>[0];

type Extras = Partial<
  Pick<Parameters<Chat['service']['send']>[0], 'attachments' | 'planFirst' | 'verdict'>
>;

export interface ChatFixture {
  readonly chat: Chat;
  readonly project: TestProject;
  readonly changes: ChatChange[];
  readonly statuses: string[];
  readonly countedTokens: Counted[];
  send(content: string, clientMessageId?: string, extras?: Extras): Promise<Message>;
  stop(): Promise<{ stopped: boolean }>;
  messages(): Promise<Awaited<ReturnType<Chat['service']['messages']>>>;
  /** Of the conversation unless told. */
  events(topic?: string): Promise<LiveEvent[]>;
  /** Waits until the newest answers have ended. */
  settled(count: number): Promise<Message[]>;
}

export interface FixtureInput {
  readonly db: Database;
  readonly project: TestProject;
  readonly provider: ModelProvider;
  readonly workspaces?: ChatWorkspaces;
  readonly lookAt?: ReadyWorkspace['lookAt'];
  readonly deploy?: ReadyWorkspace['deploy'];
  readonly spending?: Partial<ChatDeps['spending']>;
  readonly outcomes?: readonly Parameters<typeof changeSetOf>[1][];
}

/** createChatFixture runs the chat on a real database; only the machine is kept in memory. */
export function createChatFixture({
  db,
  project,
  provider,
  workspaces,
  lookAt = async () => undefined,
  deploy = noDeployment,
  spending = {},
  outcomes = [],
}: FixtureInput): ChatFixture {
  const events = createEventLog(db);
  const contents: Record<string, string> = {};
  const changes: ChatChange[] = [];
  const statuses: string[] = [];
  const countedTokens: Counted[] = [];
  const { organizationId } = project;

  const chat = createChat({
    db,
    events,
    provider,
    fallback: null,
    spending: { prices: {}, maxTurnTokens: 1_500_000, projectBudgetMicros: null, ...spending },
    audit: createAudit(db),
    historyMessages: 20,
    traces: null,
    secrets: [],
    logger: { error: () => undefined },
    countTokens: (tokens) => void countedTokens.push(tokens),
    projects: {
      async find(organization, handle) {
        if (organization !== organizationId || handle !== project.id)
          throw new AppError('not_found');
        return project;
      },
      async setStatus(id, change) {
        await db.update(projects).set(change).where(eq(projects.id, id));
        statuses.push(change.status ?? '');
      },
    },
    workspaces: workspaces ?? {
      async ensureReady(_projectId, { onWaking }) {
        onWaking();
        return {
          workspaceId: randomUUID(),
          files: memoryFiles(contents),
          machine: () => noMachine,
          deploy,
          lookAt,
          secrets: [],
        };
      },
    },
    async applyChangeSet(change) {
      changes.push(change);
      const receipt = changeSetOf(change, outcomes[changes.length - 1]);
      if (receipt.outcome === 'committed')
        for (const edit of change.edits)
          if (edit.action === 'write') contents[edit.path] = edit.text;
      return receipt;
    },
  });

  const messages = () =>
    chat.service.messages({ organizationId, handle: project.id, cursor: undefined, limit: 100 });

  return {
    chat,
    project,
    changes,
    statuses,
    countedTokens,
    messages,
    send: (content, clientMessageId = randomUUID(), extras = {}) =>
      chat.service.send({
        ...extras,
        organizationId,
        handle: project.id,
        clientMessageId,
        content,
        correlationId: 'correlation-1',
      }),
    stop: () => chat.service.stop(organizationId, project.id),
    async events(topic = `project:${project.id}`) {
      const rows = await events.read(topic, 0, 10_000);
      return rows.map((row) => LiveEventSchema.parse(row.event));
    },
    async settled(count) {
      for (;;) {
        const answers = (await messages()).items.filter((message) => message.role === 'assistant');
        if (answers.length >= count && answers.every((message) => message.state !== 'running'))
          return answers;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

/** useChats gives each test a project in a database of its own, and ends the chats that it started. */
export function useChats() {
  const newDatabase = useDatabases();
  const started: ChatFixture[] = [];
  let db: Database;
  let project: TestProject;

  beforeEach(async () => {
    ({ db } = await newDatabase());
    project = await insertProject(db);
  });
  afterEach(async () => {
    for (const { chat } of started.splice(0)) await chat.close();
  });

  return {
    get db() {
      return db;
    },
    get project() {
      return project;
    },
    start(input: Omit<FixtureInput, 'db' | 'project'> & { project?: TestProject }): ChatFixture {
      const fixture = createChatFixture({ db, project, ...input });
      started.push(fixture);
      return fixture;
    },
  };
}
