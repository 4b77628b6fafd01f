import type { AgentHub } from '../../agents/index.ts';
import { unlessAborted } from '../../../lib/abort.ts';

export function whenOnline(
  hub: Pick<AgentHub, 'isOnline' | 'onPresence'>,
  workspaceId: string,
  signal: AbortSignal,
): Promise<void> {
  let stopListening = () => {};
  const online = new Promise<void>((resolve) => {
    stopListening = hub.onPresence((change) => {
      if (change.online && change.session.workspaceId === workspaceId) resolve();
    });
    if (hub.isOnline(workspaceId)) resolve();
  });
  return unlessAborted(online, signal).finally(stopListening);
}
