import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { withDirectory } from '../system/confined-directory.ts';
import { AgentError, systemCode } from '../system/errors.ts';
import { parseRelativePath } from '../system/relative-path.ts';
import type { Handler } from './handler.ts';

const CHUNK_BYTES = 64 * 1024;
/** Without O_NONBLOCK the opening of a named pipe would wait for ever. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Sends a regular file of the project; a link on the way or at the end is refused. */
export function createFilesReadHandler(projectDirectory: string): Handler<'files.read'> {
  return async ({ head, stream, accept }) => {
    const handle = await openFile(projectDirectory, head.path);
    try {
      const stat = await handle.stat();
      if (!stat.isFile())
        throw new AgentError('path_not_permitted', `'${head.path}' is not a regular file`);
      if (stat.size > head.maxBytes)
        throw new AgentError(
          'too_large',
          `'${head.path}' has ${stat.size} bytes, more than ${head.maxBytes}`,
        );
      const sha256 = await hashOf(handle, stat.size);
      accept({ size: stat.size, sha256, mode: stat.mode & 0o7777 });
      stream.resume();
      // Not a pipeline: that would also wait for the asking side to end its half.
      for await (const chunk of chunksOf(handle, stat.size)) {
        if (stream.destroyed) return;
        if (!stream.write(chunk)) await drained(stream);
      }
      stream.end();
    } finally {
      await handle.close();
    }
  };
}

async function openFile(root: string, path: string): Promise<FileHandle> {
  const segments = parseRelativePath(path);
  const name = segments.at(-1) ?? '';
  try {
    return await withDirectory(root, segments.slice(0, -1), (directory) =>
      open(directory.at(name), READ),
    );
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT')
      throw new AgentError('not_found', `There is no file '${path}'`, { cause: error });
    if (code === 'ELOOP' || code === 'ENXIO')
      throw new AgentError('path_not_permitted', `'${path}' is not a regular file`, {
        cause: error,
      });
    throw error;
  }
}

async function hashOf(handle: FileHandle, sizeBytes: number): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunksOf(handle, sizeBytes)) hash.update(chunk);
  return hash.digest('hex');
}

/** Never more than the announced size, should the file grow meanwhile. */
async function* chunksOf(handle: FileHandle, sizeBytes: number): AsyncGenerator<Buffer> {
  let position = 0;
  while (position < sizeBytes) {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, sizeBytes - position));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Resolves once there is room again, or nobody to write to. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    function done(): void {
      stream.off('drain', done).off('close', done);
      resolve();
    }
    stream.on('drain', done).on('close', done);
  });
}
