import type { ApiClient } from '@spt-flow/shared/api/client';
import { inject, type InjectionKey, type Ref } from 'vue';
import type { LiveClient, LiveStatus } from './live/live-client.ts';
import type { OutboxStore } from './outbox-store.ts';

/** Services are what stores and components reach the world through; tests give their own. */
export interface Services {
  readonly api: ApiClient;
  readonly live: LiveClient;
  readonly liveStatus: Readonly<Ref<LiveStatus>>;
  readonly storage: Storage;
  readonly outboxStore: OutboxStore;
  /** Opens a WebSocket to a path of the control plane. */
  readonly openSocket: (path: string) => WebSocket;
}

export const SERVICES: InjectionKey<Services> = Symbol('services');

export function useServices(): Services {
  const services = inject(SERVICES);
  if (!services) throw new Error('Services are not provided');
  return services;
}
