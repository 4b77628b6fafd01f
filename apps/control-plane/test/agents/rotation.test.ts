import { describe, expect, it, vi } from 'vitest';
import { useIdentityStage } from './identity-stage.ts';
import { joinAgent } from './test-agent.ts';

const stage = useIdentityStage();
const DAY_MS = 86_400_000;

describe('the key of a connected agent', () => {
  it('is changed on request, and the one before opens nothing any more', async () => {
    const agent = await stage.joined();
    const before = { ...agent };

    const identity = await stage.server.agents.service.rotateKey(stage.workspace);

    expect(identity.keyId).toBe(agent.key.keyId);
    expect(await stage.keyStates()).toEqual({
      [before.key.keyId]: 'retired',
      [agent.key.keyId]: 'current',
    });
    expect(await stage.actions()).toEqual(['agent.enrol', 'agent.stage_key', 'agent.rotate']);
    await expect(joinAgent(stage.server, before)).rejects.toMatchObject({ code: 'refused' });
    await vi.waitFor(async () => expect(await stage.actions()).toContain('agent.retired_key'));
    await expect(joinAgent(stage.server, agent)).resolves.toBeDefined();
  });

  it('is changed once it is too old, while the connection lasts', async () => {
    const agent = await stage.joined();
    const { keyId } = agent.key;
    const session = stage.server.agents.hub.sessionOf(stage.workspace.id);

    stage.now = new Date(stage.now.getTime() + 89 * DAY_MS);
    await stage.server.agents.watch();
    expect(agent.key.keyId).toBe(keyId);

    stage.now = new Date(stage.now.getTime() + 1 * DAY_MS);
    await stage.server.agents.watch();
    expect(agent.key.keyId).not.toBe(keyId);
    expect(stage.server.agents.hub.sessionOf(stage.workspace.id)).toBe(session);
  });

  it('is not changed when the agent is offline', async () => {
    const rotating = stage.server.agents.service.rotateKey(stage.workspace);

    await expect(rotating).rejects.toMatchObject({ code: 'agent_offline' });
  });
});
