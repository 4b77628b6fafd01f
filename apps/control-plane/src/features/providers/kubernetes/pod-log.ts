import { keepLastLines, LAST_LINES } from '../last-lines.ts';
import type { ClusterClient } from './cluster-client.ts';
import { MAIN_CONTAINER } from './names.ts';

/**
 * followLog keeps the last lines that the agent of a pod writes. Clusters may not grant that, and nodes may not answer:
 * then there are none.
 */
export function followLog(client: ClusterClient, podPath: string, signal: AbortSignal): string[] {
  const lines: string[] = [];
  const query = `container=${MAIN_CONTAINER}&follow=true&tailLines=${LAST_LINES}`;
  client
    .follow(`${podPath}/log?${query}`, signal)
    .then((stream) =>
      keepLastLines(
        stream.on('error', () => undefined),
        lines,
      ),
    )
    .catch(() => undefined);
  return lines;
}
