import { execFileSync } from 'node:child_process';
import { afterEach, expect, it, vi } from 'vitest';
import { ownAccount } from './own-account.ts';

afterEach(() => vi.unstubAllEnvs());

it('is that of the system, whatever variables say', async () => {
  const name = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
  vi.stubEnv('USER', 'somebody-else');

  expect(await ownAccount()).toBe(name);
});
