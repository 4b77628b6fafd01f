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
      proxy: undefined,
      caFile: undefined,
    });
  });

  it('demands a bound channel of every control plane that is not on this machine', () => {
    const config = readAgentConfig({ ...COMPLETE, SPT_FLOW_AGENT_URL: 'https://flow.example.org' });

    expect(config.channelBinding).toBe('tls-exporter');
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
    ['SPT_FLOW_AGENT_CA_FILE', 'relative.pem'],
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

  describe('chooses the proxy', () => {
    const PROXY = 'http://user:secret@proxy.example.org:3128';

    function proxyOf(url: string, settings: Record<string, string>) {
      return readAgentConfig({ ...COMPLETE, SPT_FLOW_AGENT_URL: url, ...settings }).proxy?.href;
    }

    it.each<[string, Record<string, string>, string | undefined]>([
      ['https://flow.example.com', {}, undefined],
      ['https://flow.example.com', { HTTPS_PROXY: PROXY }, `${PROXY}/`],
      ['https://flow.example.com', { https_proxy: PROXY }, `${PROXY}/`],
      ['https://flow.example.com', { HTTPS_PROXY: 'proxy:3128' }, 'http://proxy:3128/'],
      ['https://flow.example.com', { HTTPS_PROXY: PROXY, NO_PROXY: 'example.com' }, undefined],
      ['https://flow.example.com', { HTTPS_PROXY: PROXY, no_proxy: '*' }, undefined],
      ['https://localhost:8443', { HTTPS_PROXY: PROXY }, undefined],
      ['http://127.0.0.1:8080', { HTTPS_PROXY: PROXY }, undefined],
    ])('of %s with %j: %s', (url, settings, proxy) => {
      expect(proxyOf(url, settings)).toBe(proxy);
    });

    it.each(['https://user:secret@proxy', 'socks5://user:secret@proxy', 'user:secret@a b'])(
      'and refuses %s without repeating it',
      (value) => {
        const choose = () => proxyOf('https://flow.example.com', { HTTPS_PROXY: value });

        expect(choose).toThrow('HTTPS_PROXY: must be an http URL');
      },
    );
  });

  it.each([undefined, null, 'text', 3])('refuses the document %s', (document) => {
    expect(() => readAgentConfig(document)).toThrow(AgentConfigError);
  });
});
