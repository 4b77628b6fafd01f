import { createApiClient } from '@spt-flow/shared/api/client';
import { LIVE_PATH } from '@spt-flow/shared/api/live';
import { createLiveClient } from './live/live-client.ts';
import { watchLiveStatus } from './live/use-live.ts';
import { createIndexedStore } from './outbox-store.ts';
import { randomId } from './random-id.ts';
import type { Services } from './services.ts';

/** createServices connects to the control plane that served the page; `onSignedOut` hears of every answer 401. */
export function createServices(options: { onSignedOut: () => void }): Services {
  const api = createApiClient({
    baseUrl: '',
    fetch: async (input, init) => {
      const response = await fetch(input, { credentials: 'same-origin', ...init });
      if (response.status === 401) options.onSignedOut();
      return response;
    },
    newCorrelationId: randomId,
  });
  const live = createLiveClient({
    url: () => socketUrl(LIVE_PATH),
    createSocket: (url) => new WebSocket(url),
    random: Math.random,
  });
  return {
    api,
    live,
    liveStatus: watchLiveStatus(live),
    storage: localStorage,
    outboxStore: createIndexedStore(),
    openSocket: (path) => new WebSocket(socketUrl(path)),
  };
}

function socketUrl(path: string): string {
  return location.origin.replace(/^http/, 'ws') + path;
}
