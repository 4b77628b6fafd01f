import { EngineHostSchema } from '@spt-flow/shared/agent-protocol/requests';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { AgentConnections } from '../../../agents/index.ts';
import type { ConnectToEngine } from '../engine/engine-agent.ts';
import type { HostSiteOptions } from './host-site.ts';

/** HostConnection is the way to the engine of a server: through its agent, and by nothing else. */
interface HostConnection extends Pick<HostSiteOptions, 'readCa'> {
  readonly connect: ConnectToEngine;
}

export function createHostConnection(
  agents: Pick<AgentConnections, 'request'>,
  hostId: string,
): HostConnection {
  async function ask(method: 'engine' | 'engine.host') {
    try {
      return await agents.request(hostId, { method });
    } catch (cause) {
      throw unreachable(cause);
    }
  }
  return {
    connect: async () => (await ask('engine')).stream,
    async readCa() {
      const { stream, data } = await ask('engine.host');
      stream.resume();
      return EngineHostSchema.parse(data).ca;
    },
  };
}

/** Whatever the server says, its engine can't be asked, and may be later. */
function unreachable(cause: unknown): AppError {
  const isAway = cause instanceof AppError && cause.code === 'agent_offline';
  const words = cause instanceof Error ? cause.message : String(cause);
  const message = isAway ? 'The server is not connected' : words;
  return new AppError('engine_unavailable', message, { cause });
}
