import { randomUUID } from 'node:crypto';
import { AppError } from '@spt-flow/shared/domain/errors';

/** What no event tells, such as a token that expires, ends open connections within this time. */
const CHECK_INTERVAL_MS = 60_000;
const TOPIC = /^access:([^:]+):(.+)$/;

/** WatchedConnection is one that stays open after the check that let it in. */
export interface WatchedConnection {
  readonly organizationId: string;
  /** Repeats that check; an AppError of the caller's own is a refusal, too. */
  readonly isAllowed: () => Promise<boolean>;
  readonly end: () => void;
}

/** AccessWatch ends connections that outlive the right to them. */
export interface AccessWatch {
  /** Until the returned function is called. */
  watch(connection: WatchedConnection): () => void;
  /** Called before connections are checked, by who remembers rights. */
  onChange(forget: () => void): void;
  /** Rights in the organization have changed, by this process; the other replicas are told. */
  changed(organizationId: string): void;
  /** Takes the notices of other replicas, among others that do not matter here. */
  onNotice(topic: string): void;
  /** Notices may have been missed. */
  checkAll(): void;
  close(): void;
}

export interface AccessWatchDeps {
  /** Tells a topic to all replicas, this one included. */
  readonly announce: (topic: string) => Promise<unknown>;
  readonly onError: (error: unknown) => void;
}

export function createAccessWatch({ announce, onError }: AccessWatchDeps): AccessWatch {
  const replicaId = randomUUID();
  const connections = new Set<WatchedConnection>();
  const forgetters: (() => void)[] = [];
  /** Organizations whose connections wait to be checked; undefined: all of them. */
  const due = new Set<string | undefined>();
  let isChecking = false;

  function check(organizationId?: string): void {
    for (const forget of forgetters) forget();
    due.add(organizationId);
    if (!isChecking) void checkDue();
  }

  /** One after the other, since those of one visitor share an answer of the database. */
  async function checkDue(): Promise<void> {
    isChecking = true;
    for (const organizationId of due) {
      due.delete(organizationId);
      for (const connection of [...connections])
        if (organizationId === undefined || connection.organizationId === organizationId)
          await checkOne(connection);
    }
    isChecking = false;
  }

  async function checkOne(connection: WatchedConnection): Promise<void> {
    if (await isAllowed(connection)) return;
    if (connections.delete(connection)) connection.end();
  }

  /** Who can't be asked about keeps the connection until the next time. */
  async function isAllowed(connection: WatchedConnection): Promise<boolean> {
    try {
      return await connection.isAllowed();
    } catch (error) {
      if (error instanceof AppError && error.family === 'caller') return false;
      onError(error);
      return true;
    }
  }

  const timer = setInterval(check, CHECK_INTERVAL_MS).unref();
  return {
    watch(connection) {
      connections.add(connection);
      return () => void connections.delete(connection);
    },
    onChange: (forget) => void forgetters.push(forget),
    changed(organizationId) {
      check(organizationId);
      announce(`access:${replicaId}:${organizationId}`).catch(onError);
    },
    onNotice(topic) {
      const [, sender, organizationId] = TOPIC.exec(topic) ?? [];
      if (sender !== undefined && sender !== replicaId) check(organizationId);
    },
    checkAll: () => check(),
    close: () => clearInterval(timer),
  };
}
