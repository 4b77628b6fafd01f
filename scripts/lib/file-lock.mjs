import { mkdir, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 200;
const RENEW_MS = 5_000;
/** Whoever holds it renews it; one that is older belonged to a process that was killed. */
const STALE_MS = 30_000;

/** withLock runs the work while no other process of this machine runs work under the same name. */
export async function withLock(name, work) {
  const directory = path.join(tmpdir(), `${name}.lock`);
  while (!(await take(directory))) await delay(POLL_MS);
  const renewal = setInterval(() => {
    const now = new Date();
    utimes(directory, now, now).catch(() => {});
  }, RENEW_MS);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await rm(directory, { recursive: true, force: true });
  }
}

async function take(directory) {
  const since = await stat(directory).catch(() => undefined);
  if (since && Date.now() - since.mtimeMs > STALE_MS)
    await rm(directory, { recursive: true, force: true });
  return mkdir(directory).then(
    () => true,
    () => false,
  );
}
