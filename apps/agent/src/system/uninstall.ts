import { removeDurably, writeDurably } from './durable-file.ts';
import type { StateDirectory } from './state-directory.ts';

/**
 * Forgets who this agent is. Where it was installed, `requestFile` asks the machine's own service manager, which may
 * do what the agent may not, to remove all of it.
 */
export async function uninstall(
  state: Pick<StateDirectory, 'identity'>,
  requestFile: string | undefined,
): Promise<{ removes: 'installation' | 'identity' }> {
  if (requestFile !== undefined) await writeDurably(requestFile, '');
  await removeDurably(state.identity);
  return { removes: requestFile === undefined ? 'identity' : 'installation' };
}
