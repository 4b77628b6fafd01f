import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { agentKeys, agents } from '@spt-flow/db/schema';
import { AGENTS_CHANNEL } from './agents-repository.ts';

export type HandshakeRepository = ReturnType<typeof createHandshakeRepository>;

export interface GenerationsChange {
  readonly id: string;
  /** What the row must still be at. */
  readonly revision: number;
  readonly ackedGeneration: number;
  readonly pendingGeneration: number | null;
}

/** What a row keeps of the machine. */
export interface Sighting {
  readonly version: string;
  readonly bootId: string;
  readonly machineFingerprint: string;
}

export interface Ownership {
  readonly id: string;
  /** What must still be pending. */
  readonly generation: number;
  readonly sessionId: string;
  readonly sighting: Sighting;
  readonly endsQuarantine: boolean;
}

/** Owned is the agent that a session has from now on. */
export type Owned = { id: string; organizationId: string; workspaceId: string };

type Changed<Columns = unknown> = Columns & { readonly position: number };

/**
 * createHandshakeRepository holds the statements of handshakes, each for many agents: their results are in the order
 * of the items, and where two items would change one row only one of them does.
 */
export function createHandshakeRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    /** Each agent with what a key is to it: null when the key is nobody's or another agent's. */
    async findWithKeys(items: readonly { agentId: string; keyId: string }[]) {
      const keyIds = items.map(({ keyId }) => keyId);
      const rows = await db
        .select({ agent: agents, keyId: agentKeys.keyId, keyState: agentKeys.state })
        .from(agents)
        .leftJoin(
          agentKeys,
          and(eq(agentKeys.agentId, agents.id), inArray(agentKeys.keyId, keyIds)),
        )
        .where(inArray(agents.id, [...new Set(items.map(({ agentId }) => agentId))]));
      return items.map(({ agentId, keyId }) => {
        const ofAgent = rows.filter(({ agent }) => agent.id === agentId);
        const agent = ofAgent[0]?.agent;
        const held = ofAgent.find((row) => row.keyId === keyId);
        return agent && { agent, keyState: held?.keyState ?? null };
      });
    },

    /** Each agent, and since when it has its key. */
    async findWithKeyAges(ids: readonly string[]) {
      const isCurrent = and(eq(agentKeys.agentId, agents.id), eq(agentKeys.state, 'current'));
      const rows = await db
        .select({ agent: agents, keySince: agentKeys.createdAt })
        .from(agents)
        .leftJoin(agentKeys, isCurrent)
        .where(inArray(agents.id, [...new Set(ids)]));
      const byId = new Map(rows.map((row) => [row.agent.id, row]));
      return ids.map((id) => byId.get(id));
    },

    /** True for those that were still as they were judged. */
    async admit(changes: readonly GenerationsChange[]): Promise<boolean[]> {
      const { rows } = await db.execute<Changed>(sql`
        with changes as (
          select change.*
          from jsonb_to_recordset(${toRecords(changes)}::jsonb) as change (
            "position" int, id uuid, revision int, "ackedGeneration" bigint, "pendingGeneration" bigint
          )
          join agents on agents.id = change.id and agents.revision = change.revision
          where agents.revoked_at is null
          order by agents.id for no key update of agents
        )
        update agents set revision = agents.revision + 1,
          acked_generation = "ackedGeneration", pending_generation = "pendingGeneration"
        from changes where agents.id = changes.id
        returning position`);
      return inOrder(changes, rows).map((row) => row !== undefined);
    },

    /** The agents whose generation was still pending; undefined for the others. */
    async own(
      ownerships: readonly Ownership[],
      now: Date,
      tx: Queryable,
    ): Promise<(Owned | undefined)[]> {
      const items = ownerships.map(({ sighting, ...rest }) => ({ ...rest, ...sighting }));
      const { rows } = await tx.execute<Changed<Owned>>(sql`
        with owners as (
          select owner.*
          from jsonb_to_recordset(${toRecords(items)}::jsonb) as owner (
            "position" int, id uuid, generation bigint, "sessionId" uuid, "endsQuarantine" boolean,
            version text, "bootId" text, "machineFingerprint" text
          )
          join agents on agents.id = owner.id and agents.pending_generation = owner.generation
          where agents.revoked_at is null
          order by agents.id for no key update of agents
        )
        update agents set revision = agents.revision + 1,
          acked_generation = owners.generation, pending_generation = null,
          session_id = owners."sessionId", version = owners.version, boot_id = owners."bootId",
          machine_fingerprint = owners."machineFingerprint", last_seen_at = ${now.toISOString()}::timestamptz,
          quarantine = case when owners."endsQuarantine" then null else agents.quarantine end
        from owners where agents.id = owners.id
        returning position, agents.id, organization_id as "organizationId", workspace_id as "workspaceId"`);
      return inOrder(ownerships, rows);
    },

    /** The agents whose session has ended; undefined for those that another session has by now. */
    async disown(
      sessions: readonly { agentId: string; sessionId: string }[],
      tx: Queryable,
    ): Promise<(Owned | undefined)[]> {
      const { rows } = await tx.execute<Changed<Owned>>(sql`
        with ended as (
          select ended.*
          from jsonb_to_recordset(${toRecords(sessions)}::jsonb) as ended (
            "position" int, "agentId" uuid, "sessionId" uuid
          )
          join agents on agents.id = "agentId" and agents.session_id = "sessionId"
          where agents.revoked_at is null
          order by agents.id for no key update of agents
        )
        update agents set revision = agents.revision + 1, session_id = null
        from ended where agents.id = "agentId"
        returning position, agents.id, organization_id as "organizationId", workspace_id as "workspaceId"`);
      return inOrder(sessions, rows);
    },

    /** Wakes every replica once the transaction is committed. */
    async notify(workspaceIds: readonly string[], tx: Queryable): Promise<void> {
      await tx.execute(
        sql`select pg_notify(${AGENTS_CHANNEL}, id) from unnest(${sql.param(workspaceIds)}::text[]) as id`,
      );
    },

    /** Where connections came from; the organization of each agent. */
    async recordAddresses(
      items: readonly { id: string; address: string | null }[],
    ): Promise<(string | undefined)[]> {
      const { rows } = await db.execute<{ id: string; organizationId: string }>(sql`
        with places as (
          select place.* from jsonb_to_recordset(${toRecords(items)}::jsonb) as place (id uuid, address text)
          join agents on agents.id = place.id
          order by agents.id for no key update of agents
        )
        update agents set address = places.address from places where agents.id = places.id
        returning agents.id, organization_id as "organizationId"`);
      const organizations = new Map(rows.map((row) => [row.id, row.organizationId]));
      return items.map(({ id }) => organizations.get(id));
    },
  };
}

function toRecords(items: readonly object[]): string {
  return JSON.stringify(items.map((item, position) => ({ ...item, position })));
}

function inOrder<Row extends Changed>(
  items: readonly unknown[],
  rows: readonly Row[],
): (Row | undefined)[] {
  const byPosition = new Map(rows.map((row) => [row.position, row]));
  return items.map((_, index) => byPosition.get(index));
}
