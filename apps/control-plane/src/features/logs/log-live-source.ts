import type { LiveSource } from '../live/index.ts';
import type { LogsRepository } from './logs-repository.ts';
import { toLogLine } from './logs-service.ts';

/** createLogLiveSource serves the topics `logs:<workspaceId>` from the log itself; cursors are `seq`. */
export function createLogLiveSource(repository: LogsRepository): LiveSource {
  return {
    async read(topic, after, limit) {
      const rows = await repository.readAfter(workspaceIdOf(topic), after, limit);
      return rows.map((row) => ({
        cursor: row.seq,
        at: row.at,
        event: { type: 'log', line: toLogLine(row) },
      }));
    },
    cursor: (topic) => repository.lastSeq(workspaceIdOf(topic)),
    horizon: async (topic) => (await repository.firstSeq(workspaceIdOf(topic))) - 1,
  };
}

function workspaceIdOf(topic: string): string {
  return topic.slice(topic.indexOf(':') + 1);
}
