import type { OrganizationRecording } from '@spt-flow/shared/api/sessions';
import {
  RecordingPolicySchema,
  type RecordingMode,
  type RecordingPolicy,
} from '@spt-flow/shared/domain/recording-policy';
import type { Audit } from '../../lib/audit.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { RecordingsRepository } from './recordings-repository.ts';
import type { SessionsRepository } from './sessions-repository.ts';

/** Null: as configured; absent: as before. */
export interface RecordingPolicyChange {
  readonly mode?: RecordingMode | undefined;
  readonly keepDays?: number | null | undefined;
}

export interface RecordingLimits {
  /** Where the organization says nothing. */
  readonly keepDays: number;
  /** Of all recordings of an organization. */
  readonly maxBytes: number;
}

export function readRecordingPolicy(stored: Record<string, unknown> | null): RecordingPolicy {
  return RecordingPolicySchema.parse(stored ?? {});
}

/** createRecordingPolicies tells and changes whether an organization records its terminals. */
export function createRecordingPolicies(deps: {
  readonly recordings: Pick<
    RecordingsRepository,
    'transaction' | 'lockPolicy' | 'setPolicy' | 'usedBytes'
  >;
  readonly sessions: Pick<SessionsRepository, 'policyOf'>;
  readonly limits: RecordingLimits;
  readonly audit: Audit;
}) {
  const { recordings, limits } = deps;

  async function get(organizationId: string): Promise<OrganizationRecording> {
    const { mode, keepDays } = readRecordingPolicy(await deps.sessions.policyOf(organizationId));
    return {
      mode,
      keepDays: keepDays ?? limits.keepDays,
      isDefaultKeepDays: keepDays === undefined,
      maxBytes: limits.maxBytes,
      usedBytes: await recordings.usedBytes(organizationId),
    };
  }

  return {
    get,

    async set(principal: Principal, change: RecordingPolicyChange, correlationId: string) {
      const { organizationId } = principal;
      await recordings.transaction(async (tx) => {
        const before = readRecordingPolicy(await recordings.lockPolicy(organizationId, tx));
        const keepDays = change.keepDays === undefined ? before.keepDays : change.keepDays;
        const own: RecordingPolicy = {
          mode: change.mode ?? before.mode,
          ...(keepDays != null && { keepDays }),
        };
        await recordings.setPolicy(organizationId, own, tx);
        const entry = { action: 'recording.policy', target: organizationId, detail: { ...own } };
        const by = { principal: auditName(principal), correlationId };
        await deps.audit.record({ organizationId, ...by, ...entry }, tx);
      });
      return get(organizationId);
    },
  };
}
