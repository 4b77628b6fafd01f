import type { Audit } from '../../../lib/audit.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { AgentKeysRepository } from './agent-keys-repository.ts';
import type { AgentsRepository } from './agents-repository.ts';
import type { EnrolmentRepository } from './enrolment-repository.ts';
import type { HandshakeRepository, Sighting } from './handshake-repository.ts';

/** AgentStoreDeps is what changes of an agent's identity need: each is recorded as it happens. */
export interface AgentStoreDeps {
  readonly repository: AgentsRepository;
  readonly handshakes: HandshakeRepository;
  readonly keys: AgentKeysRepository;
  readonly enrolment: EnrolmentRepository;
  readonly audit: Audit;
  readonly clock: Clock;
}

/** sightingOf is what a row keeps of the machine. */
export function sightingOf(machine: {
  agentVersion: string;
  bootId: string;
  machineFingerprint: string;
}): Sighting {
  const { agentVersion: version, bootId, machineFingerprint } = machine;
  return { version, bootId, machineFingerprint };
}
