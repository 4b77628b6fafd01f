import path from 'node:path';
import type { CliIo } from '../core/io.ts';

/** sshPaths are the files of ours in the person's own folder of SSH. */
export function sshPaths({ home }: Pick<CliIo, 'home'>) {
  const folder = path.join(home, '.ssh');
  const own = path.join(folder, 'spt-flow');
  return {
    folder,
    own,
    /** The person's; all we have in it is one line. */
    userConfig: path.join(folder, 'config'),
    config: path.join(own, 'config'),
    knownHosts: path.join(own, 'known_hosts'),
    /** As ssh reads it. */
    agentSocket:
      process.platform === 'win32' ? '\\\\.\\pipe\\spt-flow-%n' : `${own.replaceAll('%', '%%')}/%n`,
  };
}
