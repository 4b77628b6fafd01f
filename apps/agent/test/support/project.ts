import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ChangeSetRequest } from '@spt-flow/shared/agent-protocol/change-set';

export interface Project {
  readonly root: string;
  readonly state: string;
  readonly directory: string;
}

export async function createProject(
  files: Readonly<Record<string, string>> = {},
): Promise<Project> {
  const root = await mkdtemp(join(tmpdir(), 'spt-flow-project-'));
  const directory = join(root, 'project');
  await mkdir(directory);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
    if (path.endsWith('.sh')) await chmod(join(directory, path), 0o755);
  }
  return { root, directory, state: join(root, 'state') };
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('The server has no port');
  return address.port;
}

export function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

export function writeEdit(
  path: string,
  content: string,
  before?: string | null,
): ChangeSetRequest['edits'][number] {
  return {
    action: 'write',
    path,
    content: Buffer.from(content).toString('base64'),
    ...(before === undefined ? {} : { before }),
  };
}

export function changeSet(overrides: Partial<ChangeSetRequest>): ChangeSetRequest {
  return { id: randomUUID(), edits: [], build: null, process: null, probe: null, ...overrides };
}

/** A web app that answers with a text, or does what a broken one does. */
export function appSource(
  text: string,
  behaviour: 'answers' | 'exits' | 'fails' = 'answers',
): string {
  const status = behaviour === 'fails' ? 500 : 200;
  return [
    behaviour === 'exits' ? `console.error('cannot find the spoon'); process.exit(3);` : '',
    `require('node:http').createServer((request, response) => {`,
    `  response.statusCode = ${status};`,
    `  response.end(${JSON.stringify(text)});`,
    `}).listen(process.env.PORT, '127.0.0.1');`,
  ].join('\n');
}
