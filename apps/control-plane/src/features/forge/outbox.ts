import { ForgeProblem } from './forge-problem.ts';
import type { ForgeLinkRow, ForgeRepository, Outcome } from './forge-repository.ts';
import type { Connection } from './gitlab/connection.ts';
import type { VisitProject } from './visit-project.ts';

const TICK_MS = 5_000;
const VISIT_MS = 10 * 60_000;
/** Who has not said for so long that they are still at it is gone: the project is visited again. */
const HOLD_MS = 60_000;
const RENEW_MS = HOLD_MS / 4;
const AT_ONCE = 3;
const FIRST_RETRY_MS = 30_000;
const MAX_RETRY_MS = 60 * 60_000;

export interface OutboxDeps {
  readonly repository: Pick<ForgeRepository, 'claim' | 'renew' | 'settle'>;
  readonly connection: Pick<Connection, 'ready' | 'note' | 'pausedUntil'>;
  readonly visit: VisitProject;
  /** Ends what is under way, when spt-flow stops. */
  readonly ending: AbortController;
  readonly now: () => Date;
  readonly onError: (error: unknown, subject?: unknown) => void;
}

export interface Outbox {
  start(): void;
  /** Something is due: looks at once. */
  wake(): void;
  close(): Promise<void>;
}

/**
 * createOutbox visits the projects that are due, a few at a time. What is due is a row, so it outlives this process; while
 * GitLab is away nothing is tried and nothing counts as a failure of a project.
 */
export function createOutbox(deps: OutboxDeps): Outbox {
  const { repository, connection, ending } = deps;
  let working: Promise<void> | undefined;
  let isAsked = false;
  let timer: NodeJS.Timeout | undefined;

  async function workAll(): Promise<void> {
    while (isAsked && !ending.signal.aborted) {
      isAsked = false;
      const parentId = await readyParent();
      if (parentId === undefined) return;
      await Promise.all(Array.from({ length: AT_ONCE }, () => workQueue(parentId)));
    }
  }

  async function readyParent(): Promise<number | undefined> {
    if (connection.pausedUntil()) return undefined;
    try {
      return await connection.ready();
    } catch (error) {
      if (!(error instanceof ForgeProblem)) throw error;
      connection.note(error);
      return undefined;
    }
  }

  async function workQueue(parentId: number): Promise<void> {
    while (!ending.signal.aborted && !connection.pausedUntil()) {
      const now = deps.now();
      const link = await repository.claim(now, new Date(now.getTime() + HOLD_MS));
      if (!link) return;
      const hold = keepHold(link);
      const outcome = await visitOne(link, parentId).finally(hold.end);
      if (outcome) await repository.settle(await hold.link(), outcome);
    }
  }

  /** Says again and again that somebody is at it; `link` is the row as it is held last. */
  function keepHold(link: ForgeLinkRow) {
    let held = Promise.resolve(link);
    async function renew(row: ForgeLinkRow): Promise<ForgeLinkRow> {
      const heldUntil = new Date(deps.now().getTime() + HOLD_MS);
      return (await repository.renew(row, heldUntil)) ? { ...row, heldUntil } : row;
    }
    const timer = setInterval(() => {
      held = held.then((row) =>
        renew(row).catch((error: unknown) => {
          deps.onError(error, link.projectId);
          return row;
        }),
      );
    }, RENEW_MS);
    return { link: () => held, end: () => clearInterval(timer) };
  }

  /** Undefined: the project is gone, and its row with it. */
  async function visitOne(link: ForgeLinkRow, parentId: number): Promise<Outcome | undefined> {
    const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(VISIT_MS)]);
    try {
      return await deps.visit(link, { parentId, signal });
    } catch (error) {
      return failureOf(link, error);
    }
  }

  function failureOf(link: ForgeLinkRow, error: unknown): Outcome {
    const problem =
      error instanceof ForgeProblem
        ? error
        : new ForgeProblem(ending.signal.aborted ? 'away' : 'refused', 'Something went wrong here');
    if (!(error instanceof ForgeProblem) && !ending.signal.aborted)
      deps.onError(error, link.projectId);
    const attempts = link.attempts + 1;
    if (!['away', 'busy', 'token'].includes(problem.fault))
      return {
        ...{ state: 'failing', detail: problem.message, attempts },
        dueAt: after(link.attempts, FIRST_RETRY_MS, MAX_RETRY_MS),
      };
    if (!ending.signal.aborted) connection.note(problem);
    // Nothing of the project's own: once GitLab is back, it does not wait long.
    const dueAt = after(link.attempts, FIRST_RETRY_MS / 10, FIRST_RETRY_MS);
    return { state: 'waiting', detail: null, attempts, dueAt };
  }

  function after(attempts: number, firstMs: number, mostMs: number): Date {
    const waitMs = Math.min(mostMs, firstMs * 2 ** Math.min(attempts, 10));
    return new Date(deps.now().getTime() + waitMs);
  }

  function wake(): void {
    isAsked = true;
    working ??= workAll()
      .catch((error: unknown) => deps.onError(error))
      .finally(() => (working = undefined));
  }

  return {
    start() {
      timer = setInterval(wake, TICK_MS);
      timer.unref();
      wake();
    },
    wake,
    async close() {
      clearInterval(timer);
      ending.abort(new ForgeProblem('away', 'spt-flow is stopping'));
      await working;
    },
  };
}
