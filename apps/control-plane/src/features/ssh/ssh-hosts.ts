import { SshHostSchema, type SshHost } from '@spt-flow/shared/agent-protocol/requests';
import type { SshLogin } from '@spt-flow/shared/api/ssh';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Principal } from '../../lib/principal.ts';
import type { AgentConnections } from '../agents/index.ts';
import type { SshCertificates } from './ssh-certificates.ts';

export interface SshWorkspace {
  readonly id: string;
  readonly name: string;
}

export interface SshHostsDeps {
  readonly workspaces: {
    /** AppError `workspace_stopped` for one that is stopped. */
    requireRunning(
      principal: Principal,
      handle: string,
      options: { correlationId: string; signal?: AbortSignal },
    ): Promise<SshWorkspace>;
  };
  readonly agents: Pick<AgentConnections, 'request'>;
  readonly certificates: Pick<SshCertificates, 'hostAuthority'>;
}

export type SshHosts = ReturnType<typeof createSshHosts>;

interface Question {
  readonly principal: Principal;
  readonly handle: string;
  readonly correlationId: string;
  readonly signal?: AbortSignal;
}

/** createSshHosts finds out how to log in to workspaces. */
export function createSshHosts({ workspaces, agents, certificates }: SshHostsDeps) {
  /** Never starts a workspace: editors connect again by themselves, perhaps all night. */
  async function find(question: Question): Promise<{ workspace: SshWorkspace; host: SshHost }> {
    const { principal, handle, correlationId, signal } = question;
    const options = { correlationId, ...(signal && { signal }) };
    const workspace = await workspaces.requireRunning(principal, handle, options);
    const { stream, data } = await agents.request(
      workspace.id,
      { method: 'ssh.host', correlationId },
      { signal },
    );
    stream.end();
    stream.resume();
    const host = SshHostSchema.safeParse(data);
    if (!host.success)
      throw new AppError('not_implemented_by_agent', undefined, { cause: host.error });
    return { workspace, host: host.data };
  }

  return {
    find,
    hostAuthority: () => certificates.hostAuthority(),
    async login(question: Question): Promise<SshLogin> {
      const { user, directory } = (await find(question)).host;
      return { user, directory, hostAuthority: await certificates.hostAuthority() };
    },
  };
}
