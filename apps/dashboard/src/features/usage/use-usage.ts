import {
  usageRoutes,
  type Usage,
  type UsageSample,
  type UsageSpan,
} from '@spt-flow/shared/api/usage';
import { onScopeDispose, shallowRef, watch } from 'vue';
import { useServices } from '../../lib/services.ts';
import { useLoaded } from '../../lib/use-loaded.ts';

export const SPAN_MS: Readonly<Record<UsageSpan, number>> = {
  hour: 3_600_000,
  day: 24 * 3_600_000,
};
/** A mean of a minute comes a while after the samples that it is of. */
const RELOAD_MS = 60_000;

/** useUsage loads what a workspace used, and goes on by live events. */
export function useUsage(workspaceId: () => string) {
  const { api, live } = useServices();
  const span = shallowRef<UsageSpan>('hour');
  const loaded = useLoaded(
    () => `${workspaceId()} ${span.value}`,
    (_key, signal) => {
      const input = { params: { handle: workspaceId() }, query: { span: span.value } };
      return api.call(usageRoutes.get, input, { signal });
    },
  );

  function add(sample: UsageSample): void {
    const known = loaded.data.value;
    if (!known) return;
    const last = known.samples.at(-1);
    const agedMs = last ? Date.parse(sample.at) - Date.parse(last.at) : 0;
    if (known.span === 'hour') loaded.data.value = withSample(known, sample);
    else if (!last || agedMs >= 2 * RELOAD_MS) void loaded.reload();
  }

  let unfollow = (): void => undefined;
  function follow(id: string): void {
    unfollow();
    unfollow = live.follow(`usage:${id}`, null, {
      onEvent: (event) => {
        if (event.type === 'usage.sampled') add(event.sample);
      },
      onSubscribed: () => void loaded.reload(),
      onReset: () => follow(id),
    });
  }
  watch(workspaceId, follow, { immediate: true });
  onScopeDispose(() => unfollow());
  return { ...loaded, span };
}

/** What was loaded and what came live may overlap. */
function withSample(usage: Usage, sample: UsageSample): Usage {
  const last = usage.samples.at(-1);
  if (last && last.at >= sample.at) return usage;
  const from = new Date(Date.parse(sample.at) - SPAN_MS.hour).toISOString();
  return { ...usage, samples: [...usage.samples.filter(({ at }) => at >= from), sample] };
}
