import { describe, expect, it } from 'vitest';
import { AgentConfigError, readAgentConfig } from './agent.ts';

const TOKEN = 'join_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
const COMPLETE = {
  SPT_FLOW_AGENT_URL: 'http://127.0.0.1:8080',
  SPT_FLOW_AGENT_TOKEN: TOKEN,
  SPT_FLOW_AGENT_SERVER_KEY: 'A'.repeat(43),
  SPT_FLOW_AGENT_STATE_DIR: '/var/lib/agent',
  SPT_FLOW_AGENT_PROJECT_DIR: '/srv/project',
};

describe('readAgentConfig', () => {
  it('reads every setting and defaults the channel binding', () => {
    const config = readAgentConfig(COMPLETE);

    expect(config).toEqual({
      controlPlaneUrl: 'http://127.0.0.1:8080',
      joinToken: TOKEN,
      serverKey: 'A'.repeat(43),
      stateDirectory: '/var/lib/agent',
      projectDirectory: '/srv/project',
      channelBinding: 'none',
    });
  });

  it('treats an empty token as none', () => {
    expect(readAgentConfig({ ...COMPLETE, SPT_FLOW_AGENT_TOKEN: '' }).joinToken).toBeUndefined();
  });

  it.each([
    ['SPT_FLOW_AGENT_URL', undefined],
    ['SPT_FLOW_AGENT_URL', 'ftp://example.org'],
    ['SPT_FLOW_AGENT_URL', 'http://example.org'],
    ['SPT_FLOW_AGENT_URL', 'http://localhost.example.org'],
    ['SPT_FLOW_AGENT_URL', 'http://127.0.0.1.example.org'],
    ['SPT_FLOW_AGENT_URL', 'https://a b'],
    ['SPT_FLOW_AGENT_TOKEN', 'short'],
    ['SPT_FLOW_AGENT_SERVER_KEY', 'not a fingerprint'],
    ['SPT_FLOW_AGENT_STATE_DIR', 'relative'],
    ['SPT_FLOW_AGENT_PROJECT_DIR', undefined],
    ['SPT_FLOW_AGENT_CHANNEL_BINDING', 'maybe'],
  ])('names %s when it is %s', (name, value) => {
    expect(() => readAgentConfig({ ...COMPLETE, [name]: value })).toThrow(name);
  });

  it.each(['https://flow.example.org', 'http://localhost:1', 'http://[::1]:8080'])(
    'accepts %s',
    (url) => {
      expect(readAgentConfig({ ...COMPLETE, SPT_FLOW_AGENT_URL: url }).controlPlaneUrl).toBe(url);
    },
  );

  it('does not repeat the token in an error', () => {
    const secret = 's'.repeat(300);

    expect(() => readAgentConfig({ ...COMPLETE, SPT_FLOW_AGENT_TOKEN: secret })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('ssss') }),
    );
  });

  it.each([undefined, null, 'text', 3])('refuses the document %s', (document) => {
    expect(() => readAgentConfig(document)).toThrow(AgentConfigError);
  });
});
