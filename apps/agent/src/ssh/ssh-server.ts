import { join } from 'node:path';
import type { SshHost } from '@spt-flow/shared/agent-protocol/requests';
import { endMarked, type Mark } from '../processes/marked-processes.ts';
import type { Environment, ProcessGroup, SpawnGroup } from '../runtime/spawn-group.ts';
import { AgentError } from '../system/errors.ts';
import { platform } from '../system/platform/platform.ts';
import { makeDirectory, removeTree, writeTemporaryFiles } from '../system/private-files.ts';
import type { StateDirectory } from '../system/state-directory.ts';
import { findSshd, NO_SSHD } from './find-sshd.ts';
import { openHostKey, type HostKey } from './host-key.ts';
import { ownAccount } from './own-account.ts';
import { sshdConfig } from './sshd-config.ts';

const KILL_GRACE_MS = 2_000;
/** Where sshd goes before it knows who is there; only root can, and has to. */
const PRIVILEGE_SEPARATION_DIRECTORY = '/run/sshd';

export interface SshServerDeps {
  readonly state: Pick<StateDirectory, 'ssh'>;
  readonly projectDirectory: string;
  readonly environment: Environment;
  readonly spawn: SpawnGroup;
  /** Where the configuration of a connection lies, which holds the environment: not on a disk, if it can be helped. */
  readonly memoryDirectory?: string | undefined;
}

export interface SshTerms {
  readonly hostCertificate: string;
  readonly userAuthority: string;
  readonly principal: string;
}

/** SshServer runs OpenSSH's server, one process for each connection and none in between. */
export interface SshServer {
  /** AgentError `unavailable` where nobody could log in. */
  host(): Promise<SshHost>;
  start(terms: SshTerms): Promise<ProcessGroup>;
  /** Ends what was started in sessions, also what outlived them. */
  endSessions(): Promise<void>;
}

interface Prepared {
  readonly user: string;
  readonly hostKey: HostKey;
}

export function createSshServer(deps: SshServerDeps, find = findSshd): SshServer {
  const connections = join(deps.memoryDirectory ?? deps.state.ssh, 'ssh-connections');
  const mark = markOf(deps.projectDirectory);
  let ready: Promise<Prepared> | undefined;

  function sshd(): string {
    const program = find(deps.environment['PATH'] ?? '');
    if (program !== undefined) return program;
    throw new AgentError('unavailable', `${NO_SSHD.what}. ${NO_SSHD.remedy}`);
  }

  /** What a killed agent left lies there until the first connection. */
  async function prepare(): Promise<Prepared> {
    await removeTree(connections);
    await makeDirectory(connections);
    if (process.getuid?.() === 0 && platform.name === 'linux')
      await makeDirectory(PRIVILEGE_SEPARATION_DIRECTORY, 0o755);
    return { user: await ownAccount(), hostKey: await openHostKey(deps.state.ssh) };
  }

  async function prepared(): Promise<Prepared> {
    ready ??= prepare();
    try {
      return await ready;
    } catch (error) {
      ready = undefined;
      throw error;
    }
  }

  async function writeFiles(terms: SshTerms): Promise<string> {
    const { user, hostKey } = await prepared();
    return writeTemporaryFiles(connections, (directory) => ({
      'host-certificate': terms.hostCertificate,
      'user-authorities': terms.userAuthority,
      principals: terms.principal,
      config: sshdConfig({
        user,
        hostKey: hostKey.path,
        hostCertificate: join(directory, 'host-certificate'),
        userAuthorities: join(directory, 'user-authorities'),
        principals: join(directory, 'principals'),
        environment: { ...deps.environment, ...mark.environment },
      }),
    }));
  }

  return {
    async host() {
      sshd();
      const { user, hostKey } = await prepared();
      return { user, publicKey: hostKey.publicKey, directory: deps.projectDirectory };
    },

    async start(terms) {
      const program = sshd();
      const directory = await writeFiles(terms);
      const remove = () => removeTree(directory);
      try {
        const group = await deps.spawn({
          argv: [program, '-i', '-e', '-f', join(directory, 'config')],
          cwd: deps.projectDirectory,
          env: deps.environment,
        });
        // What can't be removed now is removed at the agent's next start.
        group.exited.then(remove).catch(() => undefined);
        return group;
      } catch (error) {
        await remove();
        throw error;
      }
    },

    endSessions: () => endMarked(mark, KILL_GRACE_MS),
  };
}

/** Not the mark of supervised processes, which end with the agent: editors find their servers after its restart. */
function markOf(projectDirectory: string): Mark {
  const name = 'SPT_FLOW_SSH';
  return { environment: { [name]: projectDirectory }, entry: `${name}=${projectDirectory}\0` };
}
