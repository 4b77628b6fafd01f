import { readFile, stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { ChangeBody } from '../api/change-client.ts';
import type { Client } from '../api/client.ts';
import type { Context } from '../context.ts';
import { usageError } from '../core/errors.ts';
import { plain } from '../core/text.ts';

const TRY = 'git diff | spt-flow apply <workspace> -';

interface ChangeSource {
  readonly handle: string;
  /** A file with a unified diff, `-`, or a directory. */
  readonly source: string;
  readonly deletes: boolean | undefined;
}

/** readChangeSource reads a patch, or compares a directory with the workspace; undefined when nothing differs. */
export async function readChangeSource(
  context: Context,
  client: Client,
  { handle, source, deletes = false }: ChangeSource,
): Promise<ChangeBody | undefined> {
  const isDirectory = source !== '-' && (await isDirectoryAt(source));
  if (!isDirectory && deletes) throw usageError('--delete is for a directory', TRY);
  if (!isDirectory) return { patch: decode(await bytesOf(context, source), source) };
  const { compareDirectory } = await import('../files/compare-directory.ts');
  const { edits, leftOut } = await compareDirectory(client, { handle, root: source, deletes });
  if (leftOut.length > 0)
    context.note(`Left out, since they are no files: ${leftOut.map(plain).join(', ')}`);
  return edits.length === 0 ? undefined : { edits };
}

async function isDirectoryAt(source: string): Promise<boolean> {
  try {
    return (await stat(source)).isDirectory();
  } catch {
    throw usageError(`There is no file or directory '${plain(source)}'`, TRY);
  }
}

async function bytesOf({ io }: Context, source: string): Promise<Buffer> {
  return source === '-' ? buffer(io.stdin) : readFile(source);
}

function decode(bytes: Buffer, source: string): string {
  const name = source === '-' ? 'What came on standard input' : `'${plain(source)}'`;
  if (bytes.length === 0) throw usageError(`${name} is empty`, TRY);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw usageError(`${name} is not a patch in UTF-8`, TRY);
  }
}
