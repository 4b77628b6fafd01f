import { expect, it, vi } from 'vitest';
import { MAX_WAITING_MODEL_REQUESTS } from '@spt-flow/shared/agent-protocol/models';
import { openModelDesk } from '../../src/features/model-proxy/model-desk.ts';
import { hubWith, unreadStream } from '../agents/unread-stream.ts';

it('stops giving tokens to an agent that reads none, rather than keep them all', async () => {
  const stream = unreadStream();
  const issue = vi.fn(async () => ({ ok: true as const, token: 'token', lifetimeSeconds: 1 }));
  const access = { issue, isOffered: async () => true, check: vi.fn(), revoke: async () => {} };
  const onError = vi.fn();
  openModelDesk({
    ...{ hub: hubWith(stream), access, onError, serve: async () => undefined },
    offer: { offers: [], variables: {} },
  });

  for (let count = 1; count <= 10 * MAX_WAITING_MODEL_REQUESTS && !stream.destroyed; count += 1) {
    stream.push('{"type":"token"}\n');
    await new Promise(setImmediate);
  }

  expect(stream.reset).toHaveBeenCalledWith('bad_request', expect.any(String));
  expect(issue).toHaveBeenCalledTimes(MAX_WAITING_MODEL_REQUESTS);
});
