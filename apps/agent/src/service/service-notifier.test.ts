import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createServiceNotifier } from './service-notifier.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spt-flow-notify-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Writes down what it is told, in the place of systemd's own program. */
async function installProgram(): Promise<void> {
  const script = `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >>${folder}/told\n`;
  await writeFile(join(folder, 'systemd-notify'), script, { mode: 0o755 });
}

async function told(): Promise<string[]> {
  return (await readFile(join(folder, 'told'), 'utf8')).trim().split('\n').sort();
}

it('the manager hears that the agent runs, how it is, and that it lives', async () => {
  await installProgram();
  const environment = { PATH: folder, NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '40000' };
  const notifier = createServiceNotifier({ environment, log: () => undefined });

  notifier.ready();
  notifier.status('Connected');
  notifier.status('Connected');

  await vi.waitFor(async () => {
    expect(new Set(await told())).toEqual(
      new Set(['/run/notify --ready', '/run/notify --status=Connected', '/run/notify WATCHDOG=1']),
    );
  });
  notifier.stopping();
  expect((await told()).filter((line) => line.includes('--status'))).toHaveLength(1);
});

it('a program that is missing is said once', async () => {
  const log = vi.fn();
  const environment = { PATH: folder, NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '4000' };
  const notifier = createServiceNotifier({ environment, log });

  notifier.ready();
  notifier.stopping();

  await vi.waitFor(() => expect(log).toHaveBeenCalled());
  expect(log.mock.calls).toEqual([[expect.stringContaining('Cannot notify systemd')]]);
});
