import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { giveUpdate } from '../../src/features/agent-updates/give-update.ts';
import { requestThrough } from '../../src/features/agents/connections/agent-connections.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { startInlineAgent } from '../agents/inline-agent.ts';

it('takes its place from an agent that neither asks for a version nor lets go of it', async () => {
  const agent = startInlineAgent({ answers: { update: (stream) => stream.respond({ ok: true }) } });

  const verdict = await giveUpdate(
    {
      agents: {
        isOnline: () => true,
        request: (_workspaceId, head, options) => requestThrough(agent.tunnel, head, options),
      },
      folder: {
        find: async () => undefined,
        readRoot: async () => undefined,
        verify: async () => undefined,
      },
      bandwidth: { take: async () => undefined },
      clock: systemClock,
      maxGivingMs: 200,
    },
    {
      ...{ rolloutId: randomUUID(), workspaceId: randomUUID(), organizationId: randomUUID() },
      ...{ stage: 0, fromVersion: '0.1.0', targetVersion: '0.2.0', state: 'updating' },
      ...{ attempts: 1, reason: null, changedAt: new Date() },
    },
  );

  expect(verdict).toMatchObject({
    state: 'waiting',
    reason: expect.stringContaining('interrupted'),
  });
});
