import { expect, it } from 'vitest';
import * as z from 'zod';
import type { RouteContract } from '../src/api/route.ts';
import { PROJECT_NOUNS } from '../src/domain/project-access.ts';
import { allRoutes } from './all-routes.ts';

/** Words of people, texts and settings: nobody looks for a thing of a project by them. */
const WORDS = new Set([
  ...['name', 'description', 'summary', 'text', 'content', 'alt', 'message', 'value', 'values'],
  ...['words', 'search', 'confirmName', 'clientMessageId', 'correlationId', 'cursor', 'source'],
  ...['path', 'branch', 'ref', 'preset', 'patch', 'command', 'base64', 'hashes', 'timeZone'],
  ...['current', 'next', 'token', 'host', 'username', 'repositoryUrl', 'installScript', 'userId'],
  'recorded',
]);

/** What may name a thing of a project, and is safe without `names`; each with why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'secrets of': 'its scope says of what, and the service asks',
  'sessions workspace': 'narrows a list that leaves out what is hidden',
  'templates workspaces': 'narrows a list that leaves out what is hidden',
  'previews label': 'every request to a preview is asked about',
  'projects from': 'looked for in the project of the path',
  'projects to': 'looked for in the project of the path',
  'projects id': 'attachments, looked for in the project of the path',
  'projects planId': 'looked for in the project of the path',
  'projects jobId': 'looked for in the build of the path',
  'workspaces snapshotId': 'looked for in the workspace of the path',
};

/** Nouns of paths that are nothing of a project. */
const OF_NO_PROJECT = new Set([
  ...['agent-rollouts', 'auth', 'git-logins', 'groups', 'invitations', 'members', 'prompts'],
  ...['secrets', 'server-joins', 'templates', 'tokens', 'attachments'],
]);

const ID = '0195f6f6-2f5c-7f0e-8d26-0d3a7f6f1c55';

interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

function mayHoldId({ type, format, pattern, maxLength = ID.length, ...schema }: Schema): boolean {
  return (
    type === 'string' &&
    [undefined, 'uuid'].includes(format) &&
    maxLength >= ID.length &&
    (pattern === undefined || new RegExp(pattern, 'u').test(ID)) &&
    schema.enum === undefined &&
    schema.const === undefined
  );
}

/** Names of all fields, however deep, that an id fits into. */
function fieldsOf(schema: Schema, name = ''): string[] {
  const { properties = {}, items, anyOf = [], oneOf = [], allOf = [] } = schema;
  return [
    ...(mayHoldId(schema) ? [name] : []),
    ...Object.entries(properties).flatMap(([key, inner]) => fieldsOf(inner, key)),
    ...[items ?? [], anyOf, oneOf, allOf].flat().flatMap((inner) => fieldsOf(inner, name)),
  ];
}

function askedBy({ query, body }: RouteContract): string[] {
  const parts = [query, body].flatMap((part) => part ?? []);
  return parts.flatMap((part) =>
    fieldsOf(
      z.toJSONSchema(part, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Schema,
    ),
  );
}

function nounOf({ path }: RouteContract): string {
  return path.split('/')[3] ?? '';
}

/** Admins find everything. */
const guarded = (await allRoutes()).filter(({ access }) => !['admin', 'public'].includes(access));

it('every field of query and body that may name a thing of a project says so to the gate', () => {
  const forgotten = guarded.flatMap((route) =>
    askedBy(route)
      .filter((field) => !WORDS.has(field) && !(field in (route.names ?? {})))
      .filter((field) => EXCEPTIONS[`${nounOf(route)} ${field}`] === undefined)
      .map((field) => `${route.method} ${route.path}: ${field}`),
  );

  expect(forgotten, 'Add `names` to the contract, or say here why it needs none').toEqual([]);
});

it('names nothing to the gate that there is not', () => {
  for (const route of guarded)
    expect(askedBy(route)).toEqual(expect.arrayContaining(Object.keys(route.names ?? {})));
});

it('every path with an id begins with a noun that the gate knows, or that is of no project', () => {
  const nouns = new Set(guarded.filter(({ path }) => path.includes(':')).map(nounOf));
  const known = new Set<string>([...PROJECT_NOUNS, ...OF_NO_PROJECT]);

  expect([...nouns].filter((noun) => !known.has(noun))).toEqual([]);
});
