import { SecretsStateSchema, type SecretsState } from '@spt-flow/shared/agent-protocol/secrets';
import { AppError, type ErrorCode } from '@spt-flow/shared/domain/errors';
import type { Audit } from '../../lib/audit.ts';
import { newCorrelationId } from '../../lib/correlation.ts';
import { createExclusive } from '../../lib/exclusive.ts';
import type { AgentHub, AgentSession } from '../agents/index.ts';
import type { WorkspaceContent } from './workspace-secrets.ts';

/** Of the workspace, or of its connection: it gets them when it is back. */
const USUAL = ['not_implemented_by_agent', 'agent_offline', 'workspace_stopped'] as const;
/** Where many workspaces change, their apps restart one after the other within this time. */
const MS_PER_RESTART = 500;
const MAX_RESTARTS_MS = 30_000;
const AT_ONCE = 8;

export interface SecretsDeskDeps {
  readonly hub: Pick<AgentHub, 'request' | 'onPresence'>;
  readonly contentOf: (workspaceId: string) => Promise<WorkspaceContent | undefined>;
  readonly audit: Audit;
  readonly onError: (error: unknown, workspaceId: string) => void;
}

interface Delivered {
  readonly session: AgentSession;
  /** Undefined: nothing yet. */
  readonly hash: string | undefined;
}

interface How {
  readonly restart: boolean;
  readonly withinMs: number;
}
const QUIETLY: How = { restart: false, withinMs: 0 };

/** SecretsDesk brings secrets to the workspaces whose agents are connected to this replica. */
export interface SecretsDesk {
  /** Brings what a workspace has not; AppError where that fails. */
  deliver(workspaceId: string): Promise<void>;
  /** The same for all of an organization, undefined: for all there are; failures go to `onError`. */
  deliverAll(organizationId: string | undefined, options?: { restart: boolean }): Promise<void>;
  readonly organizations: ReadonlySet<string>;
  close(): void;
}

/** openSecretsDesk delivers from now on; what a workspace has already is not sent again. */
export function openSecretsDesk(deps: SecretsDeskDeps): SecretsDesk {
  const { hub, contentOf, audit, onError } = deps;
  const delivered = new Map<string, Delivered>();
  const inTurn = createExclusive();

  async function deliverNow(workspaceId: string, how: How): Promise<void> {
    const before = delivered.get(workspaceId);
    if (!before) return;
    const content = await contentOf(workspaceId);
    if (!content || content.hash === before.hash) return;
    const isNews = before.hash !== undefined || Object.keys(content.variables).length > 0;
    const state = await request(workspaceId, content.variables, how).catch((error: unknown) => {
      // An older agent misses nothing where there is nothing.
      if (isNews || !isCode(error, 'not_implemented_by_agent')) throw error;
    });
    if (isNews && state) await record(before.session, state.names);
    if (delivered.get(workspaceId)?.session === before.session)
      delivered.set(workspaceId, { session: before.session, hash: content.hash });
  }

  async function request(
    workspaceId: string,
    variables: Readonly<Record<string, string>>,
    how: How,
  ): Promise<SecretsState> {
    const { stream, data } = await hub.request(
      workspaceId,
      { method: 'secrets.put', ...how },
      { body: Buffer.from(JSON.stringify({ variables })) },
    );
    stream.resume();
    return SecretsStateSchema.parse(data);
  }

  /** Once for each connection and each change of the content, however often it is looked for. */
  async function record({ agentId, organizationId, workspaceId }: AgentSession, names: string[]) {
    await audit.record({
      ...{ organizationId, target: workspaceId, detail: { names } },
      action: 'secret.deliver',
      principal: `agent:${agentId}`,
      correlationId: newCorrelationId(),
    });
  }

  const inOrder = (workspaceId: string, how: How) =>
    inTurn.run(workspaceId, () => deliverNow(workspaceId, how));

  async function tryDeliver(workspaceId: string, how: How): Promise<void> {
    await inOrder(workspaceId, how).catch((error: unknown) => {
      if (!isCode(error, ...USUAL)) onError(error, workspaceId);
    });
  }

  const stopListening = hub.onPresence(({ session, online }) => {
    const { workspaceId } = session;
    if (online) {
      delivered.set(workspaceId, { session, hash: undefined });
      void tryDeliver(workspaceId, QUIETLY);
    } else if (delivered.get(workspaceId)?.session === session) delivered.delete(workspaceId);
  });

  return {
    deliver: (workspaceId) => inOrder(workspaceId, QUIETLY),

    async deliverAll(organizationId, { restart } = { restart: false }) {
      const waiting = [...delivered.values()]
        .filter(({ session }) => [undefined, session.organizationId].includes(organizationId))
        .map(({ session }) => session.workspaceId);
      const withinMs = Math.min(MAX_RESTARTS_MS, (waiting.length - 1) * MS_PER_RESTART);
      const work = async () => {
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
          await tryDeliver(next, { restart, withinMs: restart ? Math.max(withinMs, 0) : 0 });
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    },

    get organizations() {
      return new Set(Array.from(delivered.values(), ({ session }) => session.organizationId));
    },
    close: stopListening,
  };
}

function isCode(error: unknown, ...codes: readonly ErrorCode[]): boolean {
  return error instanceof AppError && codes.includes(error.code);
}
