import type { Database } from '@spt-flow/db/client';
import type { ChannelBinding } from '@spt-flow/tunnel/handshake/messages';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Tracer } from '../../lib/tracing/tracer.ts';
import type { UpgradeRouter } from '../../lib/upgrade-router.ts';
import type { Logs } from '../logs/index.ts';
import type { Replicas } from '../replicas/index.ts';
import {
  createAgentEventSink,
  createHeartbeats,
  createPatientLogs,
  type AgentEventSink,
} from './events/index.ts';
import {
  createAgentKeeper,
  createHandshakeRuntime,
  createHandshakeStore,
  registerAgentGateway,
  type RevocationView,
} from './gateway/index.ts';
import {
  createAgentHub,
  tracedRequests,
  type AgentHub,
  type LocalAgentHub,
} from './connections/index.ts';
import {
  createAgentKeysRepository,
  createAgentsRepository,
  createEnrolmentRepository,
  createEnrolmentTokens,
  createHandshakeRepository,
  createIncidents,
  createLiveIdentityStore,
  createReceiptFaults,
  createRevocations,
  EPOCH_RAISED,
  type ControlPlaneIdentity,
  type EnrolmentTokens,
  type FindReceiptFault,
} from './identity/index.ts';
import { createAgentsEverywhere } from './replicas/index.ts';
import { createAgentsService, type AgentsService } from './agents-service.ts';

/** AgentPolicy is what the operator demands of agents. */
export interface AgentPolicy {
  /** Of agents on other machines that join from now on; `none`: an administrator does without. */
  readonly channelBinding: ChannelBinding;
  readonly maxKeyAgeDays: number;
  readonly revocationView: RevocationView;
}

export interface AgentsDeps {
  readonly db: Database;
  readonly upgradeRouter: UpgradeRouter;
  readonly identity: ControlPlaneIdentity;
  readonly audit: Audit;
  readonly logs: Pick<Logs, 'append' | 'spoolPosition'>;
  readonly clock: Clock;
  readonly policy: AgentPolicy;
  /** Unset: this is the only one. */
  readonly replicas?: Replicas | undefined;
  /** Undefined: nobody wants spans. */
  readonly tracer?: Tracer | undefined;
  /** URL that agents on this machine are told to dial. */
  readonly agentUrl: () => string;
  /** URL that agents elsewhere are told to dial. */
  readonly publicUrl: () => string;
  /** Further URLs that agents dial, e.g. in a cluster. */
  readonly otherUrls?: readonly string[] | undefined;
  /** Pages should show the workspace anew: its agent told something about itself. */
  readonly onChanged: (workspaceId: string) => void;
  readonly onError: (error: unknown) => void;
}

export interface Agents {
  /** All agents, whichever replica they are connected to. */
  readonly hub: AgentHub;
  /** Those that are connected to this one. */
  readonly here: LocalAgentHub;
  readonly service: AgentsService;
  readonly enrolmentTokens: EnrolmentTokens;
  readonly events: Pick<AgentEventSink, 'onEvent'>;
  /** What is wrong with what an agent said of a change set. */
  readonly receiptFault: FindReceiptFault;
  /** The workspace's agent may not connect any more. */
  revokeAgent(workspaceId: string): Promise<void>;
  /** Another replica, or this one, changed something that concerns connections: a workspace's agent, or the epoch. */
  onNotice(payload: string): void;
  /** Notices may have been missed. */
  checkAll(): void;
  /** Changes keys that are too old, and ends what nothing is known of; it also happens by itself. */
  watch(): Promise<void>;
  /** Asks agents to move, then closes; resolves once it is written that they went. */
  close(): Promise<void>;
}

function tracedHub(hub: AgentHub, tracer: Tracer | undefined): AgentHub {
  return tracer ? { ...hub, request: tracedRequests(hub.request, tracer) } : hub;
}

/** createAgents puts the feature together. */
export function createAgents(deps: AgentsDeps): Agents {
  const { clock, audit, logs, identity, policy, onError } = deps;
  const repository = createAgentsRepository(deps.db);
  const keys = createAgentKeysRepository(deps.db);
  const enrolment = createEnrolmentRepository(deps.db);
  const handshakes = createHandshakeRepository(deps.db);
  const parts = { repository, handshakes, keys, enrolment, audit, clock };
  const runtime = createHandshakeRuntime(clock);
  const report = createIncidents({ repository, audit, logs, clock });
  const heartbeats = createHeartbeats({
    ...{ repository, clock, onError, onNews: deps.onChanged },
    onStored: (session, isOwner) => keeper.onHeartbeat(session, isOwner),
  });
  const patientLogs = createPatientLogs({ logs, onError });
  const events = createAgentEventSink({ heartbeats, logs: patientLogs, clock });
  const here = createAgentHub({
    ...{ clock, onError, onEvents: events.store, spoolPosition: logs.spoolPosition },
    onClosed: () => {
      heartbeats.close();
      patientLogs.close();
    },
  });
  const rotateHere = (workspaceId: string) => keeper.rotate(workspaceId);
  const { replicas } = deps;
  const everywhere =
    replicas &&
    createAgentsEverywhere({ replicas, local: here, events, onError, rotate: rotateHere });
  const hub = tracedHub(everywhere ?? here, deps.tracer);
  const keeper = createAgentKeeper({
    ...{ hub: here, handshakes, identity, clock, runtime, report, onError },
    store: createLiveIdentityStore(parts),
    maxKeyAgeDays: policy.maxKeyAgeDays,
    revocationView: policy.revocationView,
  });
  events.onEvent(({ workspaceId }, { type }) => {
    if (type === 'key-aged') keeper.onKeyAged(workspaceId).catch(onError);
  });
  registerAgentGateway({
    ...{ handshakes, hub: here, keeper, identity, runtime, onError },
    upgradeRouter: deps.upgradeRouter,
    store: createHandshakeStore(parts),
    urls: () => [deps.agentUrl(), deps.publicUrl(), ...(deps.otherUrls ?? [])],
    allowsUnbound: policy.channelBinding === 'none',
    onIncident: report,
  });
  const { channelBinding } = policy;
  const enrolmentTokens = createEnrolmentTokens({ repository: enrolment, clock, channelBinding });
  const revocations = createRevocations({ ...parts, onRevoked: keeper.check });
  return {
    ...{ hub, here, events, enrolmentTokens, watch: keeper.watch },
    receiptFault: createReceiptFaults(keys),
    service: createAgentsService({
      ...{ ...parts, revocations, enrolmentTokens, channelBinding },
      keeper: {
        check: keeper.check,
        async rotate(workspaceId) {
          if (!(await everywhere?.rotateElsewhere(workspaceId))) await rotateHere(workspaceId);
        },
      },
      serverKey: identity.key.keyId,
      agentUrl: deps.agentUrl,
      publicUrl: deps.publicUrl,
      onChanged: deps.onChanged,
    }),

    async revokeAgent(workspaceId) {
      const agent = await repository.ofWorkspace(workspaceId);
      if (!agent) return;
      const revocation = { kind: 'workspace', id: workspaceId } as const;
      await revocations.revoke(agent.organizationId, revocation, { principal: 'system' });
    },

    onNotice: (payload) =>
      void (payload === EPOCH_RAISED ? identity.refreshEpoch() : keeper.check(payload)).catch(
        onError,
      ),
    checkAll: () => void Promise.all([identity.refreshEpoch(), keeper.checkAll()]).catch(onError),

    async close() {
      here.close();
      await keeper.close();
    },
  };
}
