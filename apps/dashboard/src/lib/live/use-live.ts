import { useOnline } from '@vueuse/core';
import { computed, readonly, shallowRef, type Ref } from 'vue';
import { useServices } from '../services.ts';
import type { LiveClient, LiveStatus } from './live-client.ts';

/** watchLiveStatus mirrors the status of the connection into a ref, for as long as the app runs. */
export function watchLiveStatus(live: LiveClient): Readonly<Ref<LiveStatus>> {
  const status = shallowRef<LiveStatus>(live.status());
  live.onStatus((next) => {
    status.value = next;
  });
  return readonly(status);
}

/** useLive gives components the state of the one live connection. */
export function useLive() {
  const { live, liveStatus } = useServices();
  const hasNetwork = useOnline();
  return {
    status: liveStatus,
    isOffline: computed(() => !hasNetwork.value),
    isLost: computed(() => liveStatus.value === 'waiting' || !hasNetwork.value),
    retryNow: live.retryNow,
  };
}
