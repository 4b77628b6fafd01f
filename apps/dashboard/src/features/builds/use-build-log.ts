import { pipelineRoutes, type Pipeline } from '@spt-flow/shared/api/pipelines';
import { onScopeDispose, shallowRef, watch } from 'vue';
import { problemOf, type Problem } from '../../lib/problem.ts';
import { useServices } from '../../lib/services.ts';
import { readable } from '../../lib/readable.ts';

const PAGE = 200;
/** Of each job: what came before leaves the page, not the build. */
const KEPT_CHARACTERS = 200_000;

/** useBuildLog shows what the jobs of a build print, as they do. */
export function useBuildLog(handle: () => string, build: () => Pipeline | undefined) {
  const { api, live } = useServices();
  const texts = shallowRef<ReadonlyMap<string, string>>(new Map());
  const problem = shallowRef<Problem>();

  function add(jobId: string, text: string): void {
    const whole = (texts.value.get(jobId) ?? '') + readable(text);
    texts.value = new Map(texts.value).set(jobId, whole.slice(-KEPT_CHARACTERS));
  }

  async function load(shown: Pipeline, signal: AbortSignal): Promise<number> {
    let after = 0;
    for (;;) {
      const params = { handle: handle(), build: String(shown.number) };
      const query = { after, limit: PAGE };
      const { items } = await api.call(pipelineRoutes.log, { params, query }, { signal });
      if (signal.aborted) return after;
      for (const { jobId, text, cursor } of items) {
        add(jobId, text);
        after = cursor;
      }
      if (items.length < PAGE) return after;
    }
  }

  async function follow(shown: Pipeline, signal: AbortSignal): Promise<void> {
    try {
      const after = await load(shown, signal);
      if (signal.aborted) return;
      const end = live.follow(`build:${shown.id}`, after, {
        onEvent: (event) => {
          if (event.type === 'build.log') add(event.jobId, event.text);
        },
        onReset: () => undefined,
      });
      signal.addEventListener('abort', end, { once: true });
    } catch (error) {
      if (!signal.aborted) problem.value = problemOf(error);
    }
  }

  const stop = watch(
    () => build()?.id,
    (_id, _before, onCleanup) => {
      const own = new AbortController();
      onCleanup(() => own.abort());
      texts.value = new Map();
      problem.value = undefined;
      const shown = build();
      if (shown) void follow(shown, own.signal);
    },
    { immediate: true },
  );
  onScopeDispose(stop);
  return { texts, problem };
}
