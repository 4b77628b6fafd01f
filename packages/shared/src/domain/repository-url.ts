const PERMITTED_PROTOCOLS = new Set(['https:', 'http:', 'ssh:', 'git:']);
/** git@host:owner/name.git; the host part may not begin with a dash, else ssh reads it as a flag. */
const SCP_FORM = /^[A-Za-z0-9_][\w.-]*@[A-Za-z0-9][\w.-]*:(?!-)[^\s\\]+$/;

/** isRepositoryUrl is true for remote git URLs only: no local path, no `ext::` helper, nothing git reads as a flag. */
export function isRepositoryUrl(text: string): boolean {
  if (text.length > 2048 || /[\s\0-\x1f]/.test(text) || text.startsWith('-')) return false;
  if (SCP_FORM.test(text)) return true;
  const url = parseUrl(text);
  return (
    url !== undefined &&
    PERMITTED_PROTOCOLS.has(url.protocol) &&
    !hasCredentials(url) &&
    !/^(-|%2d)/i.test(url.username) &&
    /^\[?[A-Za-z0-9]/.test(url.hostname) &&
    !url.pathname.startsWith('/-') &&
    url.pathname.length > 1
  );
}

/** repositoryName returns the last path segment without `.git`, e.g. "spoon-knife". */
export function repositoryName(url: string): string {
  const last =
    url
      .replace(/(?<!\/)\/+$/, '')
      .split(/[/:]/)
      .at(-1) ?? '';
  return last.replace(/\.git$/, '');
}

/** URLs are stored, logged and shown: a password or token in one would be too. ssh needs its user name. */
function hasCredentials(url: URL): boolean {
  return url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:');
}

/** Browsers take `https:name` and `https::@name` for URLs too; git takes them for a host and for a helper. */
function parseUrl(text: string): URL | undefined {
  return /^[a-z]+:\/\/[^/]/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
}
