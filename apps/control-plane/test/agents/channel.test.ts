import { expect, describe, it, vi } from 'vitest';
import { createCertificate } from '@spt-flow/tunnel/testing/certificate';
import type { ChannelBinding } from '@spt-flow/tunnel/handshake/messages';
import type { AgentsServer } from './agents-server.ts';
import { useIdentityStage } from './identity-stage.ts';
import { joinAgent, newTestAgent } from './test-agent.ts';

const stage = useIdentityStage();
const certificate = createCertificate();
const ca = certificate.cert;
const ELSEWHERE = 'http://flow.example.org';

async function newToken(server: AgentsServer, channelBinding?: ChannelBinding): Promise<string> {
  const terms = channelBinding && { channelBinding };
  return (await server.agents.enrolmentTokens.create(stage.workspace, terms)).token;
}

describe('an agent bound to its TLS connection', () => {
  function start(): Promise<AgentsServer> {
    return stage.start({ certificate, policy: { channelBinding: 'tls-exporter' } });
  }

  it('joins, comes back, and can not be had with less', async () => {
    const server = await start();
    const agent = newTestAgent();
    const token = await newToken(server);
    await stage.rejoin(agent, { ca, binding: 'tls-exporter', token }, server);
    await stage.rejoin(agent, { ca }, server);
    expect((await stage.row()).channelBinding).toBe('tls-exporter');

    for (const channelBinding of ['none', 'inner-kx'] as const) {
      const { state } = agent;
      const weaker = { ...agent, state: state && { ...state, channelBinding } };
      await expect(joinAgent(server, weaker, { ca })).rejects.toMatchObject({ code: 'refused' });
    }
  });

  it('joins no other way than its token says, which stays good', async () => {
    const server = await start();
    const token = await newToken(server);
    const agent = newTestAgent();

    for (const binding of ['none', 'inner-kx'] as const) {
      const joining = joinAgent(server, agent, { ca, token, binding });
      await expect(joining).rejects.toMatchObject({ code: 'token_invalid' });
    }

    await joinAgent(server, agent, { ca, token, binding: 'tls-exporter' });
  });

  it('does not even ask where nobody speaks TLS', async () => {
    const joining = joinAgent(stage.server, newTestAgent(), { binding: 'tls-exporter' });

    await expect(joining).rejects.toMatchObject({ code: 'server_not_trusted' });
  });
});

describe('an agent with keys inside its connection', () => {
  it('joins, comes back and is asked through the sealed tunnel, without TLS', async () => {
    const server = await stage.start({ policy: { channelBinding: 'inner-kx' } });
    const agent = newTestAgent();
    const seen: string[] = [];
    const tamper = (message: Record<string, unknown>) => {
      seen.push(JSON.stringify(message));
      return message;
    };
    const token = await newToken(server);

    await stage.rejoin(agent, { token, binding: 'inner-kx', tamper }, server);
    await stage.rejoin(agent, {}, server);

    await server.agents.service.rotateKey(stage.workspace);
    expect(seen.join()).not.toContain(token);
    expect(Object.values(await stage.keyStates()).toSorted()).toEqual(['current', 'retired']);
  });

  it('is refused when somebody on the way puts a key of their own in place', async () => {
    const token = await newToken(stage.server, 'inner-kx');
    const swapped = joinAgent(stage.server, newTestAgent(), {
      ...{ token, binding: 'inner-kx' },
      tamper: (message) =>
        'keyExchange' in message ? { ...message, keyExchange: `CQ${'A'.repeat(41)}` } : message,
    });

    await expect(swapped).rejects.toMatchObject({ code: 'server_not_trusted' });
    expect(await stage.actions()).toEqual([]);
  });
});

describe('an agent without a bound channel', () => {
  it.each<[ChannelBinding, string]>([
    ['inner-kx', 'refused'],
    ['none', 'connected'],
  ])('on another machine is, where the administrator says %s, %s', async (policy, outcome) => {
    const server = await stage.start({ publicUrl: ELSEWHERE, policy: { channelBinding: policy } });
    const token = await newToken(server, 'none');
    const joining = joinAgent(server, newTestAgent(), { token, knownAs: ELSEWHERE });

    const result = await joining.then(
      () => 'connected',
      (error: unknown) => (error as { code: string }).code,
    );

    expect(result).toBe(outcome);
    const isTold = outcome === 'connected' ? ['agent.enrol', 'agent.unbound'] : [];
    await vi.waitFor(async () => expect(await stage.actions()).toEqual(isTold));
  });
});
