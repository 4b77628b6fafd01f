import { once } from 'node:events';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { WebSocket } from 'ws';
import { eq, sql } from 'drizzle-orm';
import * as z from 'zod';
import type { Database } from '@spt-flow/db/client';
import { organizations } from '@spt-flow/db/schema';
import { sessionRoutes, type Session } from '@spt-flow/shared/api/sessions';
import type { RecordingPolicy } from '@spt-flow/shared/domain/recording-policy';
import { registerSessionRoutes } from '../../src/features/sessions/index.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { startStage, type Stage } from '../change-sets/stage.ts';
import { useDatabases } from '../support/database.ts';
import { createHttpShell } from '../support/http-shell.ts';
import { createTestSessions } from '../support/sessions.ts';
import { startTerminalsServer, type TerminalsServer } from '../terminals/terminals-server.ts';

const PATIENCE = { timeout: 20_000 };
const MAX_BYTES = 600_000;

const ListSchema = z.object({ data: sessionRoutes.list.response });
const EventSchema = z.tuple([z.number(), z.string(), z.string()]);

export interface TestCast {
  readonly head: unknown;
  readonly events: readonly z.infer<typeof EventSchema>[];
}

type Message = { type: string; [key: string]: unknown };

/** useSessionStage has two replicas on one database: the first carries terminals of a real agent, the second answers. */
export function useSessionStage() {
  const createDatabase = useDatabases();
  const principals = new Map<string, Principal>();
  let db: Database;
  let stage: Stage;
  let live: Stage['live'];
  let terminals: TerminalsServer;
  let app: FastifyInstance;
  let here: Awaited<ReturnType<typeof createTestSessions>>;
  let there: Awaited<ReturnType<typeof createTestSessions>>;
  let principal: Principal | undefined;
  const errors: unknown[] = [];

  beforeAll(async () => {
    ({ db } = await createDatabase());
    stage = await startStage(db);
    ({ live } = stage);
    const onError = (error: unknown) => void errors.push(error);
    here = await createTestSessions(db, { onError, maxBytes: MAX_BYTES });
    there = await createTestSessions(db, { onError, announce: here.onNotice });
    const sessions = here;
    terminals = await startTerminalsServer({
      ...{ controlPlane: stage.controlPlane, live, sessions },
      principal: () => principal,
    });
    app = await createHttpShell(principals);
    registerSessionRoutes(app, there);
  }, 60_000);
  afterAll(async () => {
    await here.close();
    await there.close();
    await app.close();
    terminals.close();
    await stage.close();
  });
  beforeEach(async () => {
    principal = live.tenant.principal;
    await setPolicy(null);
  });
  afterEach(async () => {
    await repairStorage();
    expect(errors.splice(0)).toEqual([]);
  });

  async function setPolicy(recordingPolicy: RecordingPolicy | null): Promise<void> {
    await db
      .update(organizations)
      .set({ recordingPolicy })
      .where(eq(organizations.id, live.tenant.organizationId));
  }

  /** As PostgreSQL says it when the disk has no room for another row. */
  async function breakStorage(): Promise<void> {
    await db.execute(sql`
      create or replace function no_room() returns trigger language plpgsql as
        $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`);
    await db.execute(
      sql`create trigger no_room before insert on recording_chunks execute function no_room()`,
    );
  }

  async function repairStorage(): Promise<void> {
    await db.execute(sql`drop trigger if exists no_room on recording_chunks`);
  }

  function open(query: Record<string, string> = {}) {
    const socket = new WebSocket(terminals.url(query));
    const messages: Message[] = [];
    const chunks: Buffer[] = [];
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) chunks.push(data);
      else messages.push(JSON.parse(String(data)));
    });
    const last = (type: string) => messages.findLast((message) => message.type === type);
    return {
      ...{ socket, messages, last },
      closed: once(socket, 'close'),
      type: (text: string) => socket.send(Buffer.from(text)),
      shows: (text: string) =>
        expect.poll(() => Buffer.concat(chunks).toString(), PATIENCE).toContain(text),
      ready: () => expect.poll(() => last('ready'), PATIENCE).toBeDefined(),
      exited: () => expect.poll(() => last('exit'), PATIENCE).toBeDefined(),
    };
  }

  async function ask(
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    { as = live.tenant.principal, body }: { as?: Principal; body?: object } = {},
  ) {
    const token = `token-of-${as.userId}-${as.organizationId}-${as.scope}`.padEnd(20, 'x');
    principals.set(token, as);
    return app.inject({
      ...{ method, url: `/api/v1${path}`, headers: { authorization: `Bearer ${token}` } },
      ...(body && { payload: body }),
    });
  }

  async function list(query = '', as?: Principal): Promise<Session[]> {
    const answer = await ask('GET', `/sessions?${query}`, as && { as });
    return ListSchema.parse(answer.json()).data.items;
  }

  return {
    ...{ open, ask, list, setPolicy, breakStorage, PATIENCE, errors },
    get db() {
      return db;
    },
    get live() {
      return live;
    },
    get here() {
      return here;
    },
    /** Of an admin of the same organization. */
    get admin(): Principal {
      const { principal: developer } = live.tenant;
      const userId = '0195f6f6-2f5c-7f0e-8d26-0d3a7f6f1c55';
      return { ...developer, userId, userName: 'Ada Admin', role: 'admin', scope: 'admin' };
    },
    become(next: Principal | undefined): void {
      principal = next;
      terminals.accessChanged();
    },
    newest: async (query = '') => (await list(query))[0],
    async cast(id: string, version = '2'): Promise<TestCast> {
      const { body } = await ask('GET', `/sessions/${id}/recording?version=${version}`);
      const [head = '', ...lines] = body.trimEnd().split('\n');
      return {
        head: JSON.parse(head),
        events: lines.map((line) => EventSchema.parse(JSON.parse(line))),
      };
    },
  };
}

/** What was shown, all in one. */
export function shown({ events }: TestCast): string {
  return events.flatMap(([, code, text]) => (code === 'o' ? [text] : [])).join('');
}

export function marks({ events }: TestCast): string[] {
  return events.flatMap(([, code, text]) => (code === 'm' ? [text] : []));
}
