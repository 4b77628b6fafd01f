import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { workspaceCpuSeconds } from './cpu-time.ts';

const BUSY =
  'const end = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < end);';
const HERE = { pid: process.pid, mark: undefined };

describe.runIf(process.platform === 'linux')('workspaceCpuSeconds', () => {
  it('counts what the agent’s descendants used, also after they ended, and not the agent', async () => {
    const before = workspaceCpuSeconds(HERE) ?? 0;
    const ownEnd = process.cpuUsage().user + 300_000;
    while (process.cpuUsage().user < ownEnd);
    expect((workspaceCpuSeconds(HERE) ?? 0) - before).toBeLessThan(0.2);

    const busy = spawn(process.execPath, ['-e', BUSY]);
    await once(busy, 'exit');

    expect((workspaceCpuSeconds(HERE) ?? 0) - before).toBeGreaterThanOrEqual(0.3);
  });

  it('knows nothing of processes that do not belong to the workspace', async () => {
    const stranger = spawn(process.execPath, ['-e', `${BUSY} setInterval(() => {}, 1000)`]);
    await once(stranger, 'spawn');
    const scope = { pid: stranger.pid ?? 0, mark: undefined };

    expect(workspaceCpuSeconds(scope)).toBe(0);
    stranger.kill('SIGKILL');
  });
});
