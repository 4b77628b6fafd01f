import type { Duplex } from 'node:stream';
import type { AgentConnections } from '../agents/index.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** openAppConnection returns raw bytes to a port of the workspace. */
export async function openAppConnection(
  agents: Pick<AgentConnections, 'request'>,
  { workspaceId, port }: { workspaceId: string; port: number },
): Promise<Duplex> {
  const { stream } = await agents.request(
    workspaceId,
    { method: 'tcp', port },
    { timeoutMs: CONNECT_TIMEOUT_MS },
  );
  return stream;
}
