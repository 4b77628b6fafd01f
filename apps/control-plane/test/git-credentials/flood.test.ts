import { expect, it, vi } from 'vitest';
import { MAX_WAITING_QUESTIONS } from '@spt-flow/shared/agent-protocol/git-credentials';
import { openCredentialDesk } from '../../src/features/git-credentials/credential-desk.ts';
import { hubWith, unreadStream } from '../agents/unread-stream.ts';

it('stops answering an agent that asks and reads no answer, rather than keep them all', async () => {
  const stream = unreadStream();
  const answer = vi.fn(async (_session: unknown, { id }: { id: number }) => ({
    id,
    reason: 'none',
  }));
  const onError = vi.fn();
  openCredentialDesk({ hub: hubWith(stream), answer, onError });

  for (let id = 1; id <= 10 * MAX_WAITING_QUESTIONS && !stream.destroyed; id += 1) {
    stream.push(`${JSON.stringify({ id, protocol: 'https', host: 'example.com' })}\n`);
    await new Promise(setImmediate);
  }

  expect(stream.reset).toHaveBeenCalledWith('bad_request', expect.any(String));
  expect(answer).toHaveBeenCalledTimes(MAX_WAITING_QUESTIONS);
});
