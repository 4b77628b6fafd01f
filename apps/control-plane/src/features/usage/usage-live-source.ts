import type { LiveSource } from '../live/index.ts';
import type { UsageRepository } from './usage-repository.ts';
import { RINGS } from './usage-ring.ts';
import { toUsageSample } from './usage-sample.ts';

/** createUsageLiveSource serves the topics `usage:<workspaceId>` from the samples themselves; cursors are their moments. */
export function createUsageLiveSource(repository: UsageRepository): LiveSource {
  const { stepSeconds, rowMs } = RINGS.hour;
  return {
    async read(topic, after, limit) {
      const from = new Date(after - rowMs);
      const rows = await repository.since(workspaceIdOf(topic), stepSeconds, from);
      return rows
        .flatMap(({ samples }) => samples)
        .filter(([at]) => at > after)
        .slice(0, limit)
        .map((sample) => ({
          cursor: sample[0],
          at: new Date(sample[0]),
          event: { type: 'usage.sampled', sample: toUsageSample(sample) },
        }));
    },
    cursor: async (topic) => (await repository.bounds(workspaceIdOf(topic)))?.lastMs ?? 0,
    horizon: async (topic) => ((await repository.bounds(workspaceIdOf(topic)))?.firstMs ?? 1) - 1,
  };
}

function workspaceIdOf(topic: string): string {
  return topic.slice(topic.indexOf(':') + 1);
}
