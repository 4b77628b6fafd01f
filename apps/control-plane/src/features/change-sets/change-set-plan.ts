import { createHash } from 'node:crypto';
import type { ChangeSetRequest } from '@spt-flow/shared/agent-protocol/change-set';
import type { Edit } from '@spt-flow/shared/api/change-sets';
import type { AppManifest } from '@spt-flow/shared/domain/app-manifest';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { FileContents } from './change-sets-repository.ts';
import type { CurrentFile, WorkspaceFiles } from './workspace-files.ts';

export const APP_PROCESS = 'app';
const BUILD_TIMEOUT_MS = 300_000;
/** Leaves room for the way back within ten seconds. */
const PROBE_TIMEOUT_MS = 8_000;
const MAX_CONTENT_CHARACTERS = 16_000_000;
const READS_AT_ONCE = 16;

/** An edit together with the file that it was made for. */
export interface PlannedEdit {
  readonly edit: Edit;
  readonly before: CurrentFile | undefined;
}

/** assertEditsPermitted refuses what no project may do to itself; the agent checks the real file system. */
export function assertEditsPermitted(edits: readonly Edit[]): void {
  const seen = new Set<string>();
  for (const { path } of edits) {
    const segments = path.split('/');
    const leaves =
      path.startsWith('/') || segments.some((part) => part === '' || part === '.' || part === '..');
    if (leaves || segments.some((part) => part.toLowerCase() === '.git'))
      throw new AppError('path_not_permitted', `"${path}" may not be changed`);
    if (seen.has(path)) throw new AppError('validation_failed', `"${path}" is edited twice`);
    seen.add(path);
  }
}

export async function planEdits(
  files: WorkspaceFiles,
  edits: readonly Edit[],
): Promise<PlannedEdit[]> {
  const planned: PlannedEdit[] = [];
  let characters = 0;
  for await (const { item: edit, file: before } of readAhead(files, edits)) {
    refuseUnexpected(edit, before);
    characters += (before?.text?.length ?? 0) + sizeOf(edit);
    if (characters > MAX_CONTENT_CHARACTERS) throw new AppError('body_too_large');
    planned.push({ edit, before });
  }
  return planned;
}

/** readAhead reads the files of items in their order, a few at once: each takes a way to the workspace and back. */
export async function* readAhead<T extends { readonly path: string }>(
  files: Pick<WorkspaceFiles, 'read'>,
  items: readonly T[],
): AsyncGenerator<{ readonly item: T; readonly file: CurrentFile | undefined }> {
  for (let start = 0; start < items.length; start += READS_AT_ONCE) {
    const some = items.slice(start, start + READS_AT_ONCE);
    yield* await Promise.all(
      some.map(async (item) => ({ item, file: await files.read(item.path) })),
    );
  }
}

/** The agent checks again, when it writes. */
function refuseUnexpected(edit: Edit, current: CurrentFile | undefined): void {
  const sha256 = current === undefined ? null : current.sha256;
  // Of a file that is too large to be read here only the agent knows the hash.
  if (edit.before === undefined || sha256 === undefined || edit.before === sha256) return;
  throw new AppError('change_set_conflict', `"${edit.path}" was changed meanwhile`);
}

function sizeOf(edit: Edit): number {
  if (edit.action === 'delete') return 0;
  return edit.action === 'write' ? edit.text.length : edit.base64.length;
}

/** isChange is false for an edit that leaves its file as it is. */
export function isChange({ edit, before }: PlannedEdit): boolean {
  if (edit.action === 'delete') return before !== undefined;
  if (before === undefined || before.sha256 !== hashOf(edit)) return true;
  return edit.executable !== undefined && edit.executable !== before.executable;
}

function hashOf(edit: Exclude<Edit, { action: 'delete' }>): string {
  return createHash('sha256').update(bytesOf(edit)).digest('hex');
}

function bytesOf(edit: Exclude<Edit, { action: 'delete' }>): Buffer {
  return edit.action === 'write' ? Buffer.from(edit.text) : Buffer.from(edit.base64, 'base64');
}

/** What diff and undo need. Files whose old text can't be kept are left out; see `unkeptPaths`. */
export function contentsOf(planned: readonly PlannedEdit[]): FileContents[] {
  return planned.filter(isKept).map(({ edit, before }) => ({
    path: edit.path,
    before: before?.text ?? null,
    after: edit.action === 'write' ? edit.text : null,
    ...(before?.executable !== undefined && { executable: before.executable }),
  }));
}

export function unkeptPaths(planned: readonly PlannedEdit[]): string[] {
  return planned.filter((item) => !isKept(item)).map(({ edit }) => edit.path);
}

function isKept({ before, edit }: PlannedEdit): boolean {
  if (edit.action === 'write-binary') return false;
  const hasNul = edit.action === 'write' && edit.text.includes('\0');
  return (before === undefined || before.text !== null) && !hasNul;
}

export function toRequest(input: {
  readonly id: string;
  readonly planned: readonly PlannedEdit[];
  readonly manifest: AppManifest | null;
  readonly appPort: number;
}): ChangeSetRequest {
  const { id, planned, manifest, appPort } = input;
  return {
    id,
    edits: planned.map(toAgentEdit),
    build: manifest?.build ? { command: manifest.build, timeoutMs: BUILD_TIMEOUT_MS } : null,
    process: manifest && {
      name: APP_PROCESS,
      command: manifest.start,
      env: appEnvironment(appPort),
    },
    probe: manifest && { port: appPort, path: manifest.probePath, timeoutMs: PROBE_TIMEOUT_MS },
  };
}

/** The app is reached through the preview only, so it listens on loopback. */
export function appEnvironment(appPort: number): Record<string, string> {
  return { PORT: String(appPort), HOST: '127.0.0.1', NODE_ENV: 'development' };
}

function toAgentEdit({ edit, before }: PlannedEdit): ChangeSetRequest['edits'][number] {
  const sha256 = before === undefined ? null : (before.sha256 ?? edit.before);
  const expected = sha256 === undefined ? {} : { before: sha256 };
  if (edit.action === 'delete') return { action: 'delete', path: edit.path, ...expected };
  return {
    action: 'write',
    path: edit.path,
    content: bytesOf(edit).toString('base64'),
    ...(edit.executable !== undefined && { executable: edit.executable }),
    ...expected,
  };
}
