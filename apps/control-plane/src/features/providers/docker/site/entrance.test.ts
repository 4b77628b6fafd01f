import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ENTRANCE_SOCKET, openEntrance } from './entrance.ts';

it('lets in so many connections of a container and no more', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-entrance-'));
  const entrance = await openEntrance(folder, () => undefined);
  const opened = Array.from({ length: 50 }, () => connect(path.join(folder, ENTRANCE_SOCKET)));
  const refused = new Set<Socket>();
  for (const socket of opened)
    socket.on('error', () => undefined).on('close', () => void refused.add(socket));

  await expect.poll(() => refused.size, { timeout: 20_000 }).toBe(50 - 32);

  for (const socket of opened) socket.destroy();
  await entrance.close();
  await rm(folder, { recursive: true });
});
