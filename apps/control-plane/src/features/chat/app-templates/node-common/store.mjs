import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Keeps one value in a JSON file. Each change is written to a second file, flushed, and renamed over
 * the first, so that a crash leaves either the old or the new value. Changes wait for each other.
 */
export async function openStore(path, initial) {
  await mkdir(dirname(path), { recursive: true });
  let value = await readFile(path, 'utf8').then(JSON.parse, (error) => {
    if (error.code === 'ENOENT') return initial;
    throw error;
  });
  let last = Promise.resolve();

  async function write(next) {
    const file = await open(`${path}.tmp`, 'w');
    try {
      await file.writeFile(JSON.stringify(next, null, 1));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.tmp`, path);
    value = next;
  }

  return {
    get: () => value,
    update(change) {
      const done = last.then(() => write(change(value)));
      last = done.catch(() => {});
      return done;
    },
  };
}
