import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { platform } from './platform/platform.ts';

const BUSY =
  'const end = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < end);';
const { measure } = platform.processes;
const HERE = { pid: process.pid, mark: undefined };

function cpuSeconds(scope: Parameters<typeof measure>[0]): number {
  return measure(scope)?.cpuSeconds ?? 0;
}

describe.runIf(process.platform === 'linux')('measure', () => {
  it('counts what the agent’s descendants used, also after they ended, and not the agent', async () => {
    const before = cpuSeconds(HERE);
    const ownEnd = process.cpuUsage().user + 300_000;
    while (process.cpuUsage().user < ownEnd);
    expect(cpuSeconds(HERE) - before).toBeLessThan(0.2);

    const busy = spawn(process.execPath, ['-e', BUSY]);
    await once(busy, 'exit');

    expect(cpuSeconds(HERE) - before).toBeGreaterThanOrEqual(0.3);
  });

  it('knows nothing of processes that do not belong to the workspace', async () => {
    const stranger = spawn(process.execPath, ['-e', `${BUSY} setInterval(() => {}, 1000)`]);
    await once(stranger, 'spawn');
    const scope = { pid: stranger.pid ?? 0, mark: undefined };

    expect(cpuSeconds(scope)).toBe(0);
    stranger.kill('SIGKILL');
  });

  it('counts the memory of descendants while they live, and not that of the agent', async () => {
    const memory = () => measure(HERE)?.memoryBytes ?? 0;
    const before = memory();
    const large = spawn(process.execPath, [
      '-e',
      'globalThis.kept = Buffer.alloc(100 * 1024 * 1024, 1); console.log("ready"); setInterval(() => {}, 1000)',
    ]);
    await once(large.stdout, 'data');

    const held = memory() - before;
    large.kill('SIGKILL');
    await once(large, 'exit');

    expect(held).toBeGreaterThan(100 * 1024 * 1024);
    expect(held).toBeLessThan(400 * 1024 * 1024);
    expect(memory() - before).toBeLessThan(50 * 1024 * 1024);
  });
});
