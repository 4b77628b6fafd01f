/** GitScope says for which repositories a token is: those of one origin, or only those below a path of it. */
export interface GitScope {
  /** Scheme, host and port, e.g. "https://git.example.com:8443". */
  readonly origin: string;
  /** Without slashes at its ends; empty: all of the origin. */
  readonly path: string;
}

/** parseGitScope reads "github.com", "github.com/acme" or a URL; http counts only where it is written out. */
export function parseGitScope(text: string): GitScope | undefined {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (/[\s\0-\x1f\x7f\\]/.test(text) || !URL.canParse(address)) return undefined;
  const { protocol, origin, username, password, pathname, search, hash } = new URL(address);
  if (protocol !== 'https:' && protocol !== 'http:') return undefined;
  if ([username, password, search, hash].some((part) => part !== '')) return undefined;
  // A run of slashes is looked at from its first one only, as there may be millions.
  const path = pathname.replace(/^\/+|(?<!\/)\/+$/g, '');
  return isPlainPath(path) ? { origin, path } : undefined;
}

/** coversRepository is true when the scope is exactly that of what git asks for, or above it. */
export function coversRepository(scope: GitScope, asked: GitScope): boolean {
  if (scope.origin !== asked.origin) return false;
  if (scope.path === '') return true;
  // Servers and clients resolve dots, double slashes and escapes each in its own way.
  if (!isPlainPath(asked.path)) return false;
  return `${asked.path.replace(/\.git$/, '')}/`.startsWith(`${scope.path.replace(/\.git$/, '')}/`);
}

function isPlainPath(path: string): boolean {
  if (path === '') return true;
  return !path.includes('%') && path.split('/').every((name) => !['', '.', '..'].includes(name));
}
