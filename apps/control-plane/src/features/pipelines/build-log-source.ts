import type { LiveSource } from '../live/index.ts';
import type { OutputRepository } from './output-repository.ts';

/** createBuildLogSource serves the topics `build:<pipelineId>` from the stored log; cursors are its sequence. */
export function createBuildLogSource(output: OutputRepository): LiveSource {
  return {
    async read(topic, after, limit) {
      const rows = await output.readLog(pipelineIdOf(topic), { after, limit });
      return rows.map(({ sequence, jobId, text, at }) => ({
        cursor: sequence,
        at,
        event: { type: 'build.log', jobId, text },
      }));
    },
    cursor: (topic) => output.lastSequence(pipelineIdOf(topic)),
    // Pieces are removed together, long after the end.
    horizon: async () => 0,
  };
}

function pipelineIdOf(topic: string): string {
  return topic.slice(topic.indexOf(':') + 1);
}
