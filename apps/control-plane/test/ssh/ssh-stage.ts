import { execFile, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Database } from '@spt-flow/db/client';
import { createIdentityRepository } from '../../src/features/agents/index.ts';
import {
  createEmbeddedCertificates,
  createSsh,
  openSshAuthorities,
  type SshCertificates,
} from '../../src/features/ssh/index.ts';
import { createAccessWatch } from '../../src/lib/access-watch.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { addressOf, createTestSessions } from '../support/sessions.ts';
import {
  buildAgent,
  startControlPlane,
  startLiveWorkspace,
} from '../change-sets/live-workspace.ts';

const BUILD_CLI = path.resolve(import.meta.dirname, '../../../cli/build.mjs');
const run = promisify(execFile);

export interface SshResult {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

export type SshStage = Awaited<ReturnType<typeof createSshStage>>;

/** createSshStage has one live workspace, and a folder in which the real programs of OpenSSH are set up to reach it. */
export async function createSshStage(db: Database) {
  const agentFolder = await buildAgent();
  const controlPlane = await startControlPlane(db);
  const live = await startLiveWorkspace(db, controlPlane, agentFolder);
  const { principal } = live.tenant;
  const state = {
    principal: principal as Principal | undefined,
    desiredState: 'running',
    uses: [] as string[],
    errors: [] as unknown[],
    certificates: await embeddedCertificates(db),
  };
  const access = createAccessWatch({
    announce: async () => undefined,
    onError: (error) => void state.errors.push(error),
  });

  async function find(organizationId: string, handle: string) {
    const { workspace } = live;
    const isOurs = organizationId === workspace.organizationId;
    if (!isOurs || ![workspace.name, workspace.id].includes(handle))
      throw new AppError('not_found');
    return workspace;
  }

  const sessions = await createTestSessions(db);
  const ssh = createSsh({
    authenticate: async () => state.principal,
    certificates: {
      issue: (subject) => state.certificates.issue(subject),
      hostAuthority: () => state.certificates.hostAuthority(),
    },
    workspaces: {
      find,
      async requireRunning({ organizationId }, handle) {
        const workspace = await find(organizationId, handle);
        if (state.desiredState !== 'running') throw new AppError('workspace_stopped');
        return workspace;
      },
    },
    agents: controlPlane.agents.hub,
    watch: access.watch,
    ...{ sessions, addressOf },
    audit: controlPlane.audit,
    clock: systemClock,
    onUse: (_workspaceId, source) => void state.uses.push(source),
    logger: { error: (details) => void state.errors.push(details) },
  });

  const sockets = new Set<Socket>();
  const server = createServer()
    .on('connection', (socket: Socket) => sockets.add(socket))
    .on('upgrade', (request, socket, head) => ssh.upgrade(request, socket, head))
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;

  const client = await createClient({
    url,
    hostAuthority: await ssh.hosts.hostAuthority(),
    host: `${live.workspace.name}.spt-flow`,
  });

  return {
    ...{ state, live, ...client },
    /** What somebody's rights are has changed. */
    rightsChanged: () => access.changed(live.workspace.organizationId),
    /** All connections to the control plane break. */
    cut() {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    async close() {
      access.close();
      server.closeAllConnections();
      server.close();
      await live.close();
      await controlPlane.close();
      await Promise.all(
        [agentFolder, client.folder].map((each) => rm(each, { recursive: true, force: true })),
      );
    },
  };
}

async function embeddedCertificates(db: Database): Promise<SshCertificates> {
  const repository = createIdentityRepository(db);
  const authorities = await openSshAuthorities({ repository, secretKey: 'k'.repeat(43) });
  return createEmbeddedCertificates(authorities, systemClock);
}

interface Server {
  readonly url: string;
  readonly hostAuthority: string;
  readonly host: string;
}

/** A folder in which the programs of OpenSSH are set up to reach the workspace. */
async function createClient({ url, hostAuthority, host }: Server) {
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-ssh-'));
  const built = path.join(folder, 'cli');
  await run(process.execPath, [BUILD_CLI, '--out', built]);
  await writeFile(path.join(built, 'package.json'), '{"type":"module"}');
  const config = path.join(folder, 'config');
  const trust = (authority: string) =>
    writeFile(path.join(folder, 'known_hosts'), `@cert-authority *.spt-flow ${authority}\n`);
  await trust(hostAuthority);
  await writeFile(
    config,
    `Host *
  User ${userInfo().username}
  ProxyCommand '${process.execPath}' '${built}/spt-flow.js' ssh-proxy --server '${url}' --agent-socket '${folder}/%n' --login-user '%r' -- '%n'
  IdentityAgent ${folder}/%n
  IdentityFile none
  UserKnownHostsFile ${folder}/known_hosts
  GlobalKnownHostsFile none
  StrictHostKeyChecking yes
  BatchMode yes
  LogLevel ERROR
`,
  );
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    SPT_FLOW_TOKEN: 'sptf_api_of_the_stage',
  };

  function start(
    [program = '', ...args]: readonly string[],
    options: SpawnOptions & { readonly env?: Record<string, string> } = {},
  ) {
    return spawn(program, args, { ...options, stdio: 'pipe', env: { ...env, ...options.env } });
  }

  async function program(
    words: readonly string[],
    options: { readonly input?: string; readonly env?: Record<string, string> } = {},
  ): Promise<SshResult> {
    const child = start(words, options.env ? { env: options.env } : {});
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    const [out, err, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { exitCode, out, err };
  }

  return {
    ...{ folder, config, host, start, program, trust },
    ssh: (args: readonly string[], options?: Parameters<typeof program>[1]) =>
      program(['ssh', '-F', config, ...args], options),
  };
}
