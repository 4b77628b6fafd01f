import { createLineCutter } from '../../../lib/line-cutter.ts';
import type { ClusterClient } from './cluster-client.ts';
import { MAIN_CONTAINER } from './names.ts';

const LAST_LINES = 20;
const MAX_LINE_CHARACTERS = 500;

/**
 * followLog keeps the last lines that the agent of a pod writes. Clusters may not grant that, and nodes may not answer:
 * then there are none.
 */
export function followLog(client: ClusterClient, podPath: string, signal: AbortSignal): string[] {
  const lines: string[] = [];
  const cutter = createLineCutter(MAX_LINE_CHARACTERS, (line) => {
    lines.push(line);
    if (lines.length > LAST_LINES) lines.shift();
  });
  const query = `container=${MAIN_CONTAINER}&follow=true&tailLines=${LAST_LINES}`;
  client
    .follow(`${podPath}/log?${query}`, signal)
    .then((stream) =>
      stream
        .setEncoding('utf8')
        .on('data', cutter.write)
        .on('error', () => undefined)
        .once('end', cutter.end),
    )
    .catch(() => undefined);
  return lines;
}
