import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { PROTOCOL_VERSION } from '@spt-flow/shared/agent-protocol/handshake';
import type { MachineFacts } from '@spt-flow/tunnel/handshake/messages';
import { platform } from '../system/platform/platform.ts';
import { AGENT_VERSION } from '../version.ts';

const CAPABILITIES = ['exec', 'pty', 'tcp', 'files', 'change-set', 'process', 'events', 'identity'];

/** What the agent says of the machine that it runs on. */
export async function describeMachine(): Promise<MachineFacts> {
  const machineId = await platform.machine.id();
  const fingerprint = createHash('sha256')
    .update(`spt-flow/machine/v1\0${machineId ?? hostname()}`)
    .digest('base64url');
  return {
    bootId: platform.machine.bootId(),
    machineFingerprint: fingerprint,
    agentVersion: AGENT_VERSION,
    protocolVersion: PROTOCOL_VERSION,
    capabilities: CAPABILITIES,
  };
}
