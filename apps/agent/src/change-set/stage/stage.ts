import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  ChangeSetRequestSchema,
  type ChangeSetRequest,
} from '@spt-flow/shared/agent-protocol/change-set';
import type { ScriptParser } from '../../runtime/runtime.ts';
import { AgentError } from '../../system/errors.ts';
import { collisionKey, parseRelativePath } from '../../system/relative-path.ts';
import type { Manifest, StagedEdit } from '../manifest.ts';
import type { StagedFile } from '../syntax/staged-file.ts';
import { checkSyntax } from '../syntax/check.ts';

const MAX_REQUEST_BYTES = 64 * 1024 * 1024;
/** Of all paths as a receipt has them, which has to reach the control plane in one piece. */
export const MAX_PATHS_BYTES = 2 * 1024 * 1024;

export interface StageInput {
  readonly body: Readable;
  /** An empty directory for this change set alone. */
  readonly stageDirectory: string;
  readonly projectDirectory: string;
  readonly parseScript: ScriptParser;
}

/** Reads a request, lays its contents down and checks their syntax; nothing of the project is touched. */
export async function stageChangeSet({
  body,
  stageDirectory,
  projectDirectory,
  parseScript,
}: StageInput): Promise<Manifest> {
  const request = parseRequest(await readBody(body));
  refuseCollisions(request);
  refuseLongPaths(request);
  const contents: Buffer[] = [];
  const edits: StagedEdit[] = [];
  const files: StagedFile[] = [];
  let offset = 0;
  for (const [index, edit] of request.edits.entries()) {
    const content = edit.action === 'write' ? Buffer.from(edit.content, 'base64') : null;
    const sizeBytes = content?.length ?? 0;
    const after = content && sha256(content);
    edits.push({ index, path: edit.path, ...pickExpected(edit), after, offset, sizeBytes });
    if (!content) continue;
    contents.push(content);
    files.push({ path: edit.path, content });
    offset += sizeBytes;
  }
  // Not synced: what is undone after a crash needs the old contents only.
  await writeFile(join(stageDirectory, 'after'), Buffer.concat(contents), {
    flag: 'wx',
    mode: 0o600,
  });
  const scratchDirectory = join(stageDirectory, 'check');
  await mkdir(scratchDirectory);
  const checks = await checkSyntax(files, { projectDirectory, scratchDirectory, parseScript });
  const { id, build, process, probe } = request;
  return { plan: { id, build, process, probe }, edits, checks };
}

function pickExpected(
  edit: ChangeSetRequest['edits'][number],
): Pick<StagedEdit, 'before' | 'executable'> {
  const executable = edit.action === 'write' ? edit.executable : undefined;
  return {
    ...(edit.before !== undefined && { before: edit.before }),
    ...(executable !== undefined && { executable }),
  };
}

async function readBody(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    const data = Buffer.from(chunk);
    bytes += data.length;
    if (bytes > MAX_REQUEST_BYTES)
      throw new AgentError('too_large', 'The change set is larger than 64 MiB');
    chunks.push(data);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseRequest(text: string): ChangeSetRequest {
  const parsed = ChangeSetRequestSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AgentError(
    'bad_request',
    `Change set: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not valid'}`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AgentError('bad_request', 'The change set is not JSON', { cause });
  }
}

function refuseCollisions(request: ChangeSetRequest): void {
  const seen = new Set<string>();
  for (const { path } of request.edits) {
    if (parseRelativePath(path).some((segment) => collisionKey(segment) === '.git'))
      throw new AgentError('path_not_permitted', `'${path}' belongs to git`);
    const key = collisionKey(path);
    if (seen.has(key)) throw new AgentError('bad_request', `Two edits name '${path}'`);
    seen.add(key);
  }
  for (const { path } of request.edits) refuseBelowEdit(path, seen);
}

function refuseLongPaths(request: ChangeSetRequest): void {
  const bytes = request.edits.reduce((sum, { path }) => sum + inReceiptBytes(path), 0);
  if (bytes > MAX_PATHS_BYTES)
    throw new AgentError('too_large', 'The paths of the change set are longer than 2 MiB together');
}

/** A signed receipt is a text in a document. */
function inReceiptBytes(path: string): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(path)));
}

/** What is a file in one edit cannot be a folder in another. */
function refuseBelowEdit(path: string, keys: ReadonlySet<string>): void {
  const segments = collisionKey(path).split('/');
  for (let depth = 1; depth < segments.length; depth += 1) {
    if (keys.has(segments.slice(0, depth).join('/')))
      throw new AgentError('bad_request', `'${path}' lies below the path of another edit`);
  }
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
