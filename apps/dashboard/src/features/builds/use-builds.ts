import { pipelineRoutes, type Pipeline } from '@spt-flow/shared/api/pipelines';
import { useIntervalFn, useDocumentVisibility } from '@vueuse/core';
import { computed, onScopeDispose, watch } from 'vue';
import { useServices } from '../../lib/services.ts';
import { useAction } from '../../lib/use-action.ts';
import { useLoaded } from '../../lib/use-loaded.ts';

const LIMIT = 50;
/** Events tell of changes at once; this is for those that were missed. */
const REFRESH_MS = 15_000;

/** useBuilds lists the builds of a project, and does something about them. */
export function useBuilds(project: () => { readonly id: string }) {
  const { api, live } = useServices();
  const { data, problem, isLoading, reload } = useLoaded(
    () => project().id,
    async (handle, signal) => {
      const { items } = await api.call(
        pipelineRoutes.list,
        { params: { handle }, query: { limit: LIMIT } },
        { signal },
      );
      return items;
    },
  );
  const settings = useLoaded(
    () => project().id,
    (handle, signal) => api.call(pipelineRoutes.settings, { params: { handle } }, { signal }),
  );

  const params = (build: Pipeline) => ({
    params: { handle: project().id, build: String(build.number) },
  });
  const change = useAction(async (work: () => Promise<unknown>) => {
    await work();
    await reload();
  });

  const end = watch(
    () => project().id,
    (id, _before, onCleanup) => {
      onCleanup(
        live.follow(`project:${id}`, null, {
          onEvent: (event) => {
            if (event.type === 'pipeline.changed') void reload();
          },
          onReset: () => void reload(),
        }),
      );
    },
    { immediate: true },
  );
  onScopeDispose(end);
  const visibility = useDocumentVisibility();
  useIntervalFn(() => {
    if (visibility.value === 'visible' && !isLoading.value) void reload();
  }, REFRESH_MS);

  return {
    ...{ builds: data, problem, isLoading, reload, change },
    onPush: computed(() => settings.data.value?.onPush),
    run: () =>
      change.run(() =>
        api.call(pipelineRoutes.run, { params: { handle: project().id }, body: {} }),
      ),
    cancel: (build: Pipeline) => change.run(() => api.call(pipelineRoutes.cancel, params(build))),
    retry: (build: Pipeline) => change.run(() => api.call(pipelineRoutes.retry, params(build))),
    setOnPush: (onPush: boolean) =>
      change.run(async () => {
        await api.call(pipelineRoutes.setSettings, {
          params: { handle: project().id },
          body: { onPush },
        });
        await settings.reload();
      }),
  };
}
