import type { AgentRelease, AgentRollout } from '@spt-flow/shared/api/agent-updates';
import { HoursSchema } from '@spt-flow/shared/domain/schedule';
import type { ReleaseTarget } from '@spt-flow/releases/release-target';
import { NO_MEMBERS, type Counts, type MemberState } from './rollout-gate.ts';
import type { RolloutRow } from './rollouts-repository.ts';

interface CountRow {
  readonly rolloutId: string;
  readonly stage: number;
  readonly state: MemberState;
  readonly count: number;
}

/** countsOf answers how many agents of each stage are where. */
export function countsOf({ id, stages }: RolloutRow, rows: readonly CountRow[]): Counts[] {
  return stages.map((_stage, index) => {
    const own = rows.filter(({ rolloutId, stage }) => rolloutId === id && stage === index);
    return { ...NO_MEMBERS, ...Object.fromEntries(own.map(({ state, count }) => [state, count])) };
  });
}

export function toRollout(row: RolloutRow, rows: readonly CountRow[]): AgentRollout {
  const { id, version, kind, state, reason, maxFailures, hours, createdAt } = row;
  const counts = countsOf(row, rows);
  return {
    ...{ id, version, kind, state, reason, maxFailures },
    hours: hours === null ? null : HoursSchema.parse(hours),
    stages: row.stages.map(({ name }, index) => ({
      ...{ name, isOpen: index <= row.stage },
      counts: counts[index] ?? NO_MEMBERS,
    })),
    createdAt: createdAt.toISOString(),
  };
}

/** toReleases gathers the files of each version, the latest release first. */
export function toReleases(targets: readonly ReleaseTarget[]): AgentRelease[] {
  const agents = targets.filter(({ product }) => product === 'agent');
  const versions = new Map<string, ReleaseTarget[]>();
  for (const target of agents)
    versions.set(target.version, [...(versions.get(target.version) ?? []), target]);
  return [...versions.values()]
    .flatMap((files) => {
      const [first] = files;
      if (!first) return [];
      const { version, sequence, returnsTo, oldestFrom } = first;
      const platforms = files.map(({ platform, lengthBytes: sizeBytes }) => ({
        platform,
        sizeBytes,
      }));
      return [{ version, sequence, returnsTo, oldestFrom, platforms }];
    })
    .toSorted((a, b) => b.sequence - a.sequence);
}
