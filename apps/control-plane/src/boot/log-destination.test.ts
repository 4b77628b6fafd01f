import { once } from 'node:events';
import { readFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { createLogDestination } from './log-destination.ts';

it('a disk without room neither ends nor holds up who logs', async () => {
  const destination = createLogDestination({ dest: '/dev/full' });
  const failed = once(destination, 'error');
  const log = pino({}, destination);
  for (let line = 0; line < 3; line += 1) log.info('lost');
  await failed;
  log.info('lost too');

  destination.flushSync();
});

it('what is logged is in the file, which is its owner’s only', async () => {
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'spt-flow-log-')), 'log');
  const destination = createLogDestination({ dest: file });
  await once(destination, 'ready');
  pino({}, destination).info('kept');
  destination.flushSync();

  expect(await readFile(file, 'utf8')).toContain('"msg":"kept"');
});
