import { posix } from 'node:path';
import type Docker from 'dockerode';
import { extract, pack } from 'tar-stream';
import { AppError } from '@spt-flow/shared/domain/errors';
import { hasStatus } from '../engine/engine.ts';

const MAX_BYTES = 64 * 1024 * 1024;

/** copyBetween puts a file or folder of one container into another one that was not started yet. */
export async function copyBetween(
  from: { readonly container: Docker.Container; readonly path: string },
  to: Docker.Container,
  target: string,
): Promise<void> {
  const source = await read(from);
  const archive = extract();
  const renamed = pack();
  const top = posix.basename(from.path);
  const received = to.putArchive(renamed, { path: '/' });
  // It is waited for below, once everything was sent.
  received.catch(() => undefined);
  source.on('error', (error: Error) => archive.destroy(error));
  source.pipe(archive);
  let bytes = 0;
  for await (const entry of archive) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw tooLarge(from.path);
      chunks.push(chunk);
    }
    const { name, linkname, type } = entry.header;
    const hard = type === 'link' && linkname ? { linkname: renamedTo(linkname) } : {};
    renamed.entry({ ...entry.header, ...hard, name: renamedTo(name) }, Buffer.concat(chunks));
  }
  renamed.finalize();
  await received;

  function renamedTo(name: string): string {
    return `${target}${name.slice(top.length)}`.replace(/^\//, '');
  }
}

async function read({ container, path }: { container: Docker.Container; path: string }) {
  try {
    return await container.getArchive({ path });
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    throw new AppError('devcontainer_failed', `A service needs "${path}", which is not there`);
  }
}

function tooLarge(path: string): AppError {
  return new AppError(
    'devcontainer_failed',
    `"${path}", which a service needs, is larger than ${MAX_BYTES / 1024 ** 2} MiB`,
  );
}
