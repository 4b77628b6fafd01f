/** Settings of language and time. */
const LOCALE = ['LANG', 'LANGUAGE', 'LC_ALL', 'LC_CTYPE', 'TZ'];
/** How this machine reaches package sources; values with credentials stay outside. */
const NETWORK = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'GOPROXY',
  'GOSUMDB',
  'PIP_INDEX_URL',
  'NPM_CONFIG_REGISTRY',
  'npm_config_registry',
];
/** Files with certificate authorities of this machine's network. */
const CERTIFICATES = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'PIP_CERT',
];
const CREDENTIALS = /\/\/[^/\s,]*@/;

export type Environment = Readonly<Record<string, string | undefined>>;

/** workspaceEnvironment takes over by name what a workspace may know of the control plane's environment. */
export function workspaceEnvironment(host: Environment): Record<string, string> {
  const names = [...LOCALE, ...NETWORK, ...CERTIFICATES];
  const kept = names.flatMap((name) => {
    const value = host[name];
    return value && !CREDENTIALS.test(value) ? [[name, value] as const] : [];
  });
  return { LANG: 'C.UTF-8', TERM: 'xterm-256color', ...Object.fromEntries(kept) };
}

export function certificateFiles(host: Environment): string[] {
  const files = CERTIFICATES.map((name) => host[name]).filter((file) => file?.startsWith('/'));
  return [...new Set(files)].filter((file) => file !== undefined);
}
