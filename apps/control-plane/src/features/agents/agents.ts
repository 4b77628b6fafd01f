import type { Database } from '@spt-flow/db/client';
import { authorityOf } from '@spt-flow/tunnel/websocket-client';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { UpgradeRouter } from '../../lib/upgrade-router.ts';
import type { Logs } from '../logs/index.ts';
import { createAgentEventSink, type AgentEventSink } from './agent-event-sink.ts';
import { registerAgentGateway } from './agent-gateway.ts';
import { createAgentHub, type AgentHub } from './agent-hub.ts';
import { createAgentsRepository } from './agents-repository.ts';
import { createEnrolmentTokens, type EnrolmentTokens } from './enrolment-tokens.ts';
import { createHandshakeStore } from './handshake-store.ts';
import { createHeartbeats } from './heartbeats.ts';
import type { ControlPlaneIdentity } from './identity.ts';
import { createIncidents } from './incidents.ts';
import { createPatientLogs } from './patient-logs.ts';

export interface AgentsDeps {
  readonly db: Database;
  readonly upgradeRouter: UpgradeRouter;
  readonly identity: ControlPlaneIdentity;
  readonly audit: Audit;
  readonly logs: Pick<Logs, 'append'>;
  readonly clock: Clock;
  /** URLs that agents are told to dial. */
  readonly agentUrls: () => readonly string[];
  /** Pages should show the workspace anew: its agent told something about itself. */
  readonly onChanged: (workspaceId: string) => void;
  readonly onError: (error: unknown) => void;
}

export interface Agents {
  readonly hub: AgentHub;
  readonly enrolmentTokens: EnrolmentTokens;
  readonly events: Pick<AgentEventSink, 'onEvent'>;
  /** The workspace's agent may not connect any more. */
  revokeAgent(workspaceId: string): Promise<void>;
}

/** createAgents puts the feature together. */
export function createAgents(deps: AgentsDeps): Agents {
  const { db, clock, audit, logs, onError } = deps;
  const repository = createAgentsRepository(db);
  const heartbeats = createHeartbeats({ repository, clock, onError, onNews: deps.onChanged });
  const patientLogs = createPatientLogs({ logs, onError });
  const events = createAgentEventSink({ heartbeats, logs: patientLogs });
  const report = createIncidents({ repository, audit, logs, clock });
  const hub = createAgentHub({
    clock,
    onEvents: events.store,
    onClone: ({ agentId, bootId, machineFingerprint }) =>
      report({ kind: 'second_connection', agentId, machine: { bootId, machineFingerprint } }),
    onClosed: () => {
      heartbeats.close();
      patientLogs.close();
    },
    onError,
  });
  registerAgentGateway({
    ...{ repository, hub, clock, onError },
    upgradeRouter: deps.upgradeRouter,
    identity: deps.identity,
    store: createHandshakeStore({ repository, audit, clock }),
    authorities: () => deps.agentUrls().map(authorityOf),
    onIncident: report,
  });
  return {
    hub,
    events,
    enrolmentTokens: createEnrolmentTokens({ repository, clock }),
    async revokeAgent(workspaceId) {
      await repository.transaction((tx) =>
        repository.revokeOfWorkspace(workspaceId, clock.now(), tx),
      );
      hub.disconnect(workspaceId, 'revoked');
    },
  };
}
