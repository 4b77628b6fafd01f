import { createHash } from 'node:crypto';
import type { Edit } from '@spt-flow/shared/api/change-sets';
import type { Client } from '../api/client.ts';
import { usageError } from '../core/errors.ts';
import { readLocalTree, type LocalFile } from './local-tree.ts';
import { plain } from '../core/text.ts';

const MAX_EDITS = 10_000;
const MAX_TEXT_CHARACTERS = 1_000_000;
const MAX_BINARY_BYTES = 3_000_000;

interface Comparison {
  readonly edits: Edit[];
  /** Links and the like, which no edit can make. */
  readonly leftOut: readonly string[];
}

interface Compared {
  readonly handle: string;
  readonly root: string;
  /** Whether files of the workspace that the directory does not have are deleted. */
  readonly deletes: boolean;
}

type RemoteFile = Awaited<ReturnType<Client['listFiles']>>['items'][number];

/** compareDirectory makes the edits that give the workspace the files of a directory, for its files as they are now. */
export async function compareDirectory(
  client: Pick<Client, 'listFiles'>,
  { handle, root, deletes }: Compared,
): Promise<Comparison> {
  const tree = await readLocalTree(root);
  const { items, truncated } = await client.listFiles(handle);
  if (truncated && deletes)
    throw usageError('The workspace has too many files for --delete', 'spt-flow apply --help');
  const remote = new Map(items.map((item) => [item.path, item]));
  const edits: Edit[] = [];
  for (const file of tree.files) {
    const edit = await editOf(file, remote.get(file.path));
    if (edit) edits.push(edit);
  }
  if (deletes) edits.push(...deletionsOf(items, tree));
  if (edits.length > MAX_EDITS)
    throw usageError(
      `${edits.length} files differ; ${MAX_EDITS} can be changed at once`,
      'spt-flow apply <workspace> <a part of the directory>',
    );
  return { edits, leftOut: tree.leftOut };
}

async function editOf(file: LocalFile, known: RemoteFile | undefined): Promise<Edit | undefined> {
  const bytes = await file.read();
  const isSame =
    known?.sha256 === createHash('sha256').update(bytes).digest('hex') &&
    (file.executable === undefined || file.executable === known.executable);
  if (isSame) return undefined;
  const written = {
    path: file.path,
    ...(file.executable !== undefined && { executable: file.executable }),
    // Unknown may also mean that git ignores it there.
    ...(known?.sha256 !== undefined && { before: known.sha256 }),
  };
  const text = textOf(bytes);
  if (text !== undefined) return { action: 'write', text, ...written };
  if (bytes.length > MAX_BINARY_BYTES)
    throw usageError(
      `'${plain(file.path)}' has ${bytes.length} bytes; ${MAX_BINARY_BYTES} can be sent`,
      'spt-flow ssh <workspace>',
    );
  return { action: 'write-binary', base64: bytes.toString('base64'), ...written };
}

function deletionsOf(
  items: readonly RemoteFile[],
  { files, isIgnored }: Awaited<ReturnType<typeof readLocalTree>>,
): Edit[] {
  const kept = new Set(files.map(({ path }) => path));
  return items
    .filter(({ path, sha256 }) => sha256 !== undefined && !kept.has(path) && !isIgnored(path))
    .map(({ path, sha256 }) => ({ action: 'delete', path, before: sha256 }));
}

/** Undefined for what is not text, or more of it than can be kept for undo. */
function textOf(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.length > MAX_TEXT_CHARACTERS ? undefined : text;
  } catch {
    return undefined;
  }
}
