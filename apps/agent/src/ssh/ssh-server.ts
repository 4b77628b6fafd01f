import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { SshHost } from '@spt-flow/shared/agent-protocol/requests';
import { endMarked, type Mark } from '../processes/marked-processes.ts';
import type { Environment, ProcessGroup, SpawnGroup } from '../runtime/spawn-group.ts';
import { AgentError } from '../system/errors.ts';
import { NO_SSHD } from './find-sshd.ts';
import { openHostKey, type HostKey } from './host-key.ts';
import { sshdConfig } from './sshd-config.ts';

const KILL_GRACE_MS = 2_000;
/** Where sshd goes before it knows who is there; only root can, and has to. */
const PRIVILEGE_SEPARATION_DIRECTORY = '/run/sshd';

export interface SshServerDeps {
  /** The agent's own; nobody else's files are in it. */
  readonly stateDirectory: string;
  readonly projectDirectory: string;
  readonly environment: Environment;
  readonly spawn: SpawnGroup;
  /** The absolute path of OpenSSH's server; undefined without one. */
  findSshd(): string | undefined;
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

export function createSshServer(deps: SshServerDeps): SshServer {
  const connections = join(deps.stateDirectory, 'connections');
  const mark = markOf(deps.projectDirectory);
  let ready: Promise<HostKey> | undefined;

  function sshd(): string {
    const program = deps.findSshd();
    if (program !== undefined) return program;
    throw new AgentError('unavailable', `${NO_SSHD.what}. ${NO_SSHD.remedy}`);
  }

  /** What a killed agent left lies there until the first connection. */
  async function prepare(): Promise<HostKey> {
    await rm(connections, { recursive: true, force: true });
    await mkdir(connections, { recursive: true, mode: 0o700 });
    if (process.getuid?.() === 0)
      await mkdir(PRIVILEGE_SEPARATION_DIRECTORY, { recursive: true, mode: 0o755 });
    return openHostKey(deps.stateDirectory);
  }

  async function hostKey(): Promise<HostKey> {
    ready ??= prepare();
    try {
      return await ready;
    } catch (error) {
      ready = undefined;
      throw error;
    }
  }

  async function writeFiles(terms: SshTerms): Promise<string> {
    const { path } = await hostKey();
    const directory = await mkdtemp(join(connections, '/'));
    const at = (name: string) => join(directory, name);
    const files = {
      'host-certificate': terms.hostCertificate,
      'user-authorities': terms.userAuthority,
      principals: terms.principal,
      config: sshdConfig({
        user: userName(),
        hostKey: path,
        hostCertificate: at('host-certificate'),
        userAuthorities: at('user-authorities'),
        principals: at('principals'),
        environment: { ...deps.environment, ...mark.environment },
      }),
    };
    for (const [name, content] of Object.entries(files))
      await writeFile(at(name), `${content}\n`, { mode: 0o600 });
    return directory;
  }

  return {
    async host() {
      sshd();
      const { publicKey } = await hostKey();
      return { user: userName(), publicKey, directory: deps.projectDirectory };
    },

    async start(terms) {
      const program = sshd();
      const directory = await writeFiles(terms);
      const remove = () => rm(directory, { recursive: true, force: true });
      try {
        const group = await deps.spawn({
          argv: [program, '-i', '-e', '-f', join(directory, 'config')],
          cwd: deps.projectDirectory,
          env: deps.environment,
        });
        void group.exited.then(remove);
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

function userName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    throw new AgentError(
      'unavailable',
      'The account of the workspace has no name, which sshd needs: add it to /etc/passwd',
      { cause: error },
    );
  }
}
