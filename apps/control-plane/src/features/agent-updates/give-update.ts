import type { Clock } from '../../lib/clock.ts';
import { newCorrelationId } from '../../lib/correlation.ts';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { AgentConnections } from '../agents/index.ts';
import type { Bandwidth } from './bandwidth.ts';
import type { ReleaseFolder } from './release-folder.ts';
import type { MemberRow } from './rollouts-repository.ts';
import { serveRelease } from './serve-release.ts';

/** What comes in between is tried again so often. */
const MAX_ATTEMPTS = 5;
const ANSWER_TIMEOUT_MS = 30_000;
/** An agent that needs longer gives its place to another one, and goes on with what has arrived when it is its turn. */
const MAX_GIVING_MS = 30 * 60_000;
/** The agent's own: another release, or another try, changes nothing. */
const UNABLE: readonly string[] = ['no_root', 'wrong_platform', 'too_old'];

export interface GivingDeps {
  readonly agents: AgentConnections;
  readonly folder: ReleaseFolder;
  readonly bandwidth: Bandwidth;
  readonly clock: Clock;
  readonly maxGivingMs?: number | undefined;
}

export type Verdict = Pick<MemberRow, 'state' | 'reason'>;

/** giveUpdate gives one agent its version; answers where it stands then. */
export async function giveUpdate(
  { agents, maxGivingMs = MAX_GIVING_MS, ...serving }: GivingDeps,
  { workspaceId, targetVersion, attempts }: MemberRow,
): Promise<Verdict> {
  const again = (reason: string): Verdict =>
    attempts < MAX_ATTEMPTS ? { state: 'waiting', reason } : { state: 'failed', reason };
  try {
    const { stream } = await agents.request(
      workspaceId,
      { method: 'update', version: targetVersion, correlationId: newCorrelationId() },
      { timeoutMs: ANSWER_TIMEOUT_MS, signal: AbortSignal.timeout(maxGivingMs) },
    );
    const { outcome, fault = '', message = '' } = await serveRelease(stream, serving);
    stream.end();
    if (outcome === 'staged') return { state: 'trying', reason: null };
    if (outcome === 'present') return { state: 'done', reason: null };
    const reason = `${fault}: ${message}`.slice(0, 1_000);
    if (fault === 'interrupted') return again(reason);
    return { state: UNABLE.includes(fault) ? 'unable' : 'failed', reason };
  } catch (error) {
    return verdictOn(error, again);
  }
}

function verdictOn(error: unknown, again: (reason: string) => Verdict): Verdict {
  if (!(error instanceof AppError)) throw error;
  const { code, message } = error;
  return code === 'not_implemented_by_agent'
    ? { state: 'unable', reason: message }
    : again(message);
}
