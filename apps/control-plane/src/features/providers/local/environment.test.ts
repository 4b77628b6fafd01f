import { expect, it } from 'vitest';
import { certificateFiles, workspaceEnvironment } from './environment.ts';

it('passes on locale, proxies and certificates, and nothing else', () => {
  const environment = workspaceEnvironment({
    LANG: 'de_DE.UTF-8',
    HTTPS_PROXY: 'http://proxy.example:3128',
    NODE_EXTRA_CA_CERTS: '/etc/company.pem',
    DATABASE_URL: 'postgres://user:password@host/db',
    ANTHROPIC_API_KEY: 'sk-secret',
    SPT_FLOW_SECRET_KEY: 'secret',
    SSH_AUTH_SOCK: '/run/agent',
    NODE_OPTIONS: '--inspect',
    LD_PRELOAD: '/tmp/x.so',
    PATH: '/bin',
  });

  expect(environment).toEqual({
    LANG: 'de_DE.UTF-8',
    TERM: 'xterm-256color',
    HTTPS_PROXY: 'http://proxy.example:3128',
    NODE_EXTRA_CA_CERTS: '/etc/company.pem',
  });
});

it.each([
  'http://user:secret@proxy.example',
  'https://token@packages.example/simple',
  'direct,https://t:x@proxy.example',
])('keeps %s outside because it carries credentials', (value) => {
  expect(workspaceEnvironment({ GOPROXY: value, PIP_INDEX_URL: value })).toEqual({
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
  });
});

it('names each certificate file once', () => {
  expect(
    certificateFiles({
      SSL_CERT_FILE: '/etc/a.pem',
      PIP_CERT: '/etc/a.pem',
      GIT_SSL_CAINFO: 'relative.pem',
    }),
  ).toEqual(['/etc/a.pem']);
});
