import { once } from 'node:events';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AppError } from '@spt-flow/shared/domain/errors';
import { createAccessWatch, type AccessWatch } from '../../src/lib/access-watch.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { openAnswersPlugin } from '../../src/plugins/open-answers.ts';
import { createAuthApp, OWN_ORIGIN } from '../support/auth-app.ts';
import { useDatabases } from '../support/database.ts';

const newDatabase = useDatabases();
let app: FastifyInstance;
let access: AccessWatch;
let organizationId: string;
let headers: Record<string, string>;
let url: string;
/** Requests that reached the handler, and those of them whose answer was ended. */
let begun: number;
let ended: string[];
let isProjectOpen: boolean;

beforeEach(async () => {
  const { db } = await newDatabase();
  const onError = (error: unknown) => expect.unreachable(String(error));
  access = createAccessWatch({ announce: async () => undefined, onError });
  const server = await createAuthApp(db, systemClock);
  ({ app } = server);
  access.onChange(server.credentials.forget);
  await app.register(openAnswersPlugin, { watch: access.watch, ...server });
  [begun, ended, isProjectOpen] = [0, [], true];
  app.get('/slow/:of', { preParsing: admit }, async ({ params }, reply) => {
    begun += 1;
    await once(reply.raw, 'close');
    ended.push(JSON.stringify(params));
  });
  url = await app.listen({ port: 0 });
  const payload = { email: 'ada@example.com', name: 'Ada', password: 'correct horse' };
  const setup = { token: await server.auth.prepareSetup(), ...payload };
  const answer = await app.inject({ method: 'POST', url: '/api/v1/setup', payload: setup });
  const [cookie] = answer.cookies;
  headers = { cookie: `${cookie?.name}=${cookie?.value}`, origin: OWN_ORIGIN };
  organizationId = answer.json().data.organization.id;
});
afterEach(async () => {
  access.close();
  await app.close();
});

async function admit(request: FastifyRequest): Promise<void> {
  await request.authenticate();
  request.repeatAdmission = async () => {
    if (!isProjectOpen && request.url === '/slow/project') throw new AppError('not_found');
  };
}

/** Waits for an answer that does not come by itself. */
function waitFor(what: string, sent: Record<string, string>): void {
  fetch(`${url}/slow/${what}`, { headers: sent }).catch(() => undefined);
}

it('ends the answer that somebody waits for who may not any more, and no other one', async () => {
  const payload = { name: 'ci', scope: 'read' };
  const made = await app.inject({ method: 'POST', url: '/api/v1/tokens', payload, headers });
  const { id, token } = made.json().data;
  waitFor('token', { authorization: `Bearer ${token}` });
  waitFor('project', headers);
  waitFor('rest', headers);
  await vi.waitFor(() => expect(begun).toBe(3));

  await app.inject({ method: 'DELETE', url: `/api/v1/tokens/${id}`, headers });
  access.changed(organizationId);
  await vi.waitFor(() => expect(ended).toEqual(['{"of":"token"}']));

  isProjectOpen = false;
  access.changed(organizationId);
  await vi.waitFor(() => expect(ended).toEqual(['{"of":"token"}', '{"of":"project"}']));
});
