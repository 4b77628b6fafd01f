import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { changeSetRoutes, type ChangeSet, type Edit } from '@spt-flow/shared/api/change-sets';
import type { Running } from './running-product.ts';
import { until } from './until.ts';

/** appEdits is an app that answers with the greeting. */
export function appEdits(greeting: string, options: { build?: string } = {}): Edit[] {
  return [
    write('spt-flow.json', manifest(options.build ?? null)),
    write('server.js', server(greeting)),
  ];
}

export function write(path: string, text: string): Edit {
  return { action: 'write', path, text };
}

export function manifest(build: string | null): string {
  return JSON.stringify({ kind: 'node-web', build, start: 'node server.js' });
}

export function server(greeting: string, status = 200): string {
  return [
    `const { createServer } = require('node:http');`,
    `createServer((request, response) => {`,
    `  response.writeHead(${status}).end(${JSON.stringify(greeting)});`,
    `}).listen(Number(process.env.PORT), '127.0.0.1');`,
    '',
  ].join('\n');
}

export async function apply(
  running: Running,
  workspaceId: string,
  change: { summary: string; edits: Edit[] },
): Promise<ChangeSet> {
  return running.api.call(changeSetRoutes.apply, {
    params: { handle: workspaceId },
    body: change,
  });
}

/** startApp makes the first change, after which the app answers "hello". */
export async function startApp(running: Running, workspaceId: string): Promise<ChangeSet> {
  const first = await apply(running, workspaceId, { summary: 'Start', edits: appEdits('hello') });
  if (first.outcome !== 'committed') throw new Error(`The app does not run: ${first.reason}`);
  return first;
}

export async function changeSetsOf(running: Running, workspaceId: string): Promise<ChangeSet[]> {
  const page = await running.api.call(changeSetRoutes.list, {
    params: { handle: workspaceId },
    query: {},
  });
  return page.items;
}

/** preview asks the app at its host name, as somebody of its organization. */
export async function preview(
  running: Running,
  previewUrl: string,
): Promise<{ status: number; text: string }> {
  const url = new URL(previewUrl);
  const headers = { host: url.host, authorization: `Bearer ${running.token}` };
  const address = { host: '127.0.0.1', port: url.port, headers };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(address, resolve).once('error', reject);
  });
  return { status: response.statusCode ?? 0, text: await text(response) };
}

export async function untilAnswers(
  running: Running,
  previewUrl: string,
  expected: string,
): Promise<void> {
  await until(`the app answers "${expected}"`, async () => {
    const answer = await preview(running, previewUrl).catch(() => undefined);
    return answer?.status === 200 && answer.text.includes(expected);
  });
}
