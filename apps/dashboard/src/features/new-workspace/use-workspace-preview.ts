import type { RouteInput } from '@spt-flow/shared/api/route';
import {
  workspacePreviewRoutes,
  type WorkspacePreview,
} from '@spt-flow/shared/api/workspace-preview';
import { onScopeDispose, shallowRef, watch } from 'vue';
import { problemOf, type Problem } from '../../lib/problem.ts';
import { useServices } from '../../lib/services.ts';

/** Long enough that a word is one question, short enough to be an answer to it. */
const PAUSE_MS = 250;

type Wanted = RouteInput<typeof workspacePreviewRoutes.preview>['body'];

/** useWorkspacePreview asks the server about what is entered, a moment after the last key; old answers are dropped. */
export function useWorkspacePreview(wanted: () => Wanted) {
  const { api } = useServices();
  const preview = shallowRef<WorkspacePreview>();
  const problem = shallowRef<Problem>();
  let current: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function ask(): Promise<void> {
    current?.abort();
    const own = new AbortController();
    current = own;
    try {
      const body = wanted();
      const input = { body };
      const answer = await api.call(workspacePreviewRoutes.preview, input, { signal: own.signal });
      if (own.signal.aborted) return;
      preview.value = answer;
      problem.value = undefined;
    } catch (error) {
      if (!own.signal.aborted) problem.value = problemOf(error);
    }
  }

  watch(
    wanted,
    () => {
      clearTimeout(timer);
      timer = setTimeout(() => void ask(), PAUSE_MS);
    },
    { deep: true },
  );
  void ask();
  onScopeDispose(() => {
    clearTimeout(timer);
    current?.abort();
  });
  return { preview, problem, ask };
}
