import type { WorkspaceSpec } from '../../provider.ts';
import { gitConfigOf } from '../git-config.ts';
import type { Layout } from './container-options.ts';
import { GIT_CONFIG } from './paths.ts';
import { textContent, type TarEntry } from './tar.ts';

/** preparationOf is put into a container before each start: its directories belong to whom it runs as, whatever image came before. */
export function preparationOf({ owner }: WorkspaceSpec, { account, volumes }: Layout): TarEntry[] {
  const { uid, gid } = account;
  const directories = Object.values(volumes).map((target) => ({
    path: target.slice(1),
    mode: 0o755,
    ...{ uid, gid },
  }));
  const gitConfig = {
    path: GIT_CONFIG.slice(1),
    mode: 0o644,
    ...{ uid, gid },
    // What the image says, then who works here; the owner's own file comes after both.
    content: textContent(`[include]\n\tpath = /etc/gitconfig\n${gitConfigOf(owner)}`),
  };
  return [...directories, gitConfig];
}
