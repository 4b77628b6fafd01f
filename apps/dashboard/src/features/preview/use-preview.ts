import { useOnline } from '@vueuse/core';
import { projectRoutes, type Project } from '@spt-flow/shared/api/projects';
import { computed, onScopeDispose, shallowRef, watch } from 'vue';
import { useServices } from '../../lib/services.ts';
import { canStart, workspaceWords } from '../workspaces/workspace-words.ts';

/** An app that was just started answers within seconds. */
const ASK_AGAIN_MS = 2000;

export type PreviewState =
  'none' | 'asleep' | 'starting' | 'stopping' | 'failed' | 'empty' | 'working' | 'silent' | 'shown';

/** usePreview decides whether the app can be shown, and follows the path that was asked for. */
export function usePreview(project: () => Project, revision: () => number) {
  const { api } = useServices();
  const answers = shallowRef<boolean>();
  const path = shallowRef('/');
  /** Another key makes the frame load anew. */
  const frameKey = shallowRef(0);

  const state = computed<PreviewState>(() => {
    const { workspace, status } = project();
    if (!workspace) return 'none';
    if (canStart(workspace)) return workspace.actualState === 'failed' ? 'failed' : 'asleep';
    const words = workspaceWords(workspace);
    if (words.isMoving) return words.label === 'Starting' ? 'starting' : 'stopping';
    if (answers.value === true) return 'shown';
    if (isBusy(status)) return 'working';
    if (status === 'created') return 'empty';
    return answers.value === false ? 'silent' : 'shown';
  });
  const url = computed(() => new URL(path.value, project().previewUrl).href);

  async function check(): Promise<void> {
    const { id } = project();
    // Not knowing is not an error worth a card: the frame itself shows what is there.
    const query = { project: id };
    const answer = await api.call(projectRoutes.deployStatus, { query }).catch(() => undefined);
    if (id !== project().id) return;
    // Offline nobody knows: what was known stays.
    if (answer === undefined && answers.value !== undefined) return;
    const isAnswering = answer?.items[0]?.answering;
    // While a change is tried out the app may be away for a moment: what is shown stays.
    if (answers.value === true && isBusy(project().status)) return;
    answers.value = isAnswering;
  }

  async function reload(): Promise<void> {
    const wasShown = state.value === 'shown';
    await check();
    if (wasShown) frameKey.value += 1;
  }

  /** Only the path counts: the frame never leaves the app's own host. */
  function goTo(text: string): void {
    const base = project().previewUrl;
    const target = URL.canParse(text.trim(), base) ? new URL(text.trim(), base) : new URL(base);
    path.value = target.pathname + target.search + target.hash;
    frameKey.value += 1;
  }

  watch(
    () => project().id,
    () => {
      path.value = '/';
      answers.value = undefined;
    },
  );
  watch(
    () => [project().id, project().status, project().workspace?.actualState] as const,
    () => void check(),
    { immediate: true },
  );
  watch(revision, () => void reload());

  watch(useOnline(), (isOnline) => {
    if (!isOnline) return;
    // A frame that was opened meanwhile shows the browser's own words.
    if (answers.value === undefined) frameKey.value += 1;
    void check();
  });

  /** Nobody tells when an app begins to answer. */
  const asking = setInterval(() => {
    if (state.value === 'silent' && document.visibilityState === 'visible') void check();
  }, ASK_AGAIN_MS);
  onScopeDispose(() => clearInterval(asking));

  return { state, url, path, frameKey, reload, goTo };
}

function isBusy(status: Project['status']): boolean {
  return status === 'generating' || status === 'building';
}
