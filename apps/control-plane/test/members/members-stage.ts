import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect } from 'vitest';
import type { Database } from '@spt-flow/db/client';
import { systemClock } from '../../src/lib/clock.ts';
import { createAuthApp, OWN_ORIGIN } from '../support/auth-app.ts';
import { useDatabases } from '../support/database.ts';

export const ADA = { email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' };
export const BEN = { email: 'Ben@example.com', name: 'Ben', password: 'a quiet river in may' };

/** What any of the routes answers. */
export interface Data {
  readonly id: string;
  readonly url: string;
  readonly token: string;
  readonly userCode: string;
  readonly deviceCode: string;
  readonly role: string;
  readonly items: readonly { readonly id: string; readonly name: string; readonly role: string }[];
}

export interface Answer {
  readonly status: number;
  readonly data: Data;
  readonly code: string | undefined;
  readonly cookies: readonly { readonly name: string; readonly value: string }[];
}

/** MembersStage is an organization whose admin is Ada. */
export interface MembersStage {
  readonly newDatabase: ReturnType<typeof useDatabases>;
  app: FastifyInstance;
  db: Database;
  /** Ada's cookie. */
  admin: string;
  /** What the operator makes for an admin who forgot a password. */
  recover: (address: string) => Promise<string>;
  /** Asks as who has the cookie or the API token `as`. */
  call(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    options?: { readonly body?: object; readonly as?: string },
  ): Promise<Answer>;
  /** Returns the token of a new link. */
  invite(body?: object): Promise<string>;
  /** Uses a link; as Ben, if nothing else is said. */
  accept(token: string, body?: object): Promise<Answer>;
  /** Lets Ben join. */
  join(invitation?: object): Promise<{ readonly cookie: string; readonly id: string }>;
}

/** useMembersStage sets up a fresh organization for each test. */
export function useMembersStage(): MembersStage {
  const stage = createStage(useDatabases());
  beforeEach(async () => {
    stage.db = (await stage.newDatabase()).db;
    const { app, auth, membership } = await createAuthApp(stage.db, systemClock);
    Object.assign(stage, { app, recover: membership.invitations.recover });
    const token = await auth.prepareSetup();
    stage.admin = cookieOf(await stage.call('POST', '/setup', { body: { token, ...ADA } }));
  });
  afterEach(() => stage.app.close());
  return stage;
}

function createStage(newDatabase: MembersStage['newDatabase']): MembersStage {
  const stage: Omit<MembersStage, 'app' | 'db' | 'admin' | 'recover'> = {
    newDatabase,

    async call(method, path, { body, as = '' } = {}) {
      const headers = as.startsWith('sptf_')
        ? { authorization: `Bearer ${as}` }
        : { cookie: as, origin: OWN_ORIGIN };
      const response = await all().app.inject({
        ...{ method, url: `/api/v1${path}`, headers },
        ...(body && { payload: body }),
      });
      const { data, error } = response.json<{ data: Data; error: { code: string } | null }>();
      return { status: response.statusCode, data, code: error?.code, cookies: response.cookies };
    },

    async invite(body = { role: 'developer' }) {
      const { status, data } = await stage.call('POST', '/invitations', { as: all().admin, body });
      expect(status).toBe(201);
      return tokenOf(data.url);
    },

    accept: (token, body = BEN) =>
      stage.call('POST', '/invitations/acceptance', { body: { token, ...body } }),

    async join(invitation) {
      const joined = await stage.accept(await stage.invite(invitation));
      expect(joined.status).toBe(201);
      return { cookie: cookieOf(joined), id: joined.data.id };
    },
  };
  // Filled before each test.
  const all = () => stage as MembersStage;
  return all();
}

export function cookieOf({ cookies: [cookie] }: Pick<Answer, 'cookies'>): string {
  return `${cookie?.name}=${cookie?.value}`;
}

export function tokenOf(url: string): string {
  return new URL(url).pathname.split('/').at(-1) ?? '';
}
