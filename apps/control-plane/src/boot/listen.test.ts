import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { claimPort } from './listen.ts';

describe('claimPort', () => {
  it('tells which port 0 became, and leaves it free', async () => {
    const port = await claimPort({ port: 0, host: '127.0.0.1' });

    expect(port).toBeGreaterThan(0);
    expect(await claimPort({ port, host: '127.0.0.1' })).toBe(port);
  });

  it('names a busy port and the next step', async () => {
    const port = await claimPort({ port: 0, host: '127.0.0.1' });
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));

    await expect(claimPort({ port, host: '127.0.0.1' })).rejects.toThrow(
      `Port ${port} is in use: stop the program that uses it or choose another with --port ${port + 1}`,
    );
    other.close();
  });

  it('names an address that this machine does not have', async () => {
    await expect(claimPort({ port: 0, host: '192.0.2.1' })).rejects.toThrow('--host 127.0.0.1');
  });
});
