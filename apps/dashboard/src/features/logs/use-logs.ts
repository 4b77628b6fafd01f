import type { LiveEvent } from '@spt-flow/shared/api/live';
import { logRoutes, type LogLine } from '@spt-flow/shared/api/logs';
import { computed, onScopeDispose, reactive, shallowRef, watch } from 'vue';
import { problemOf, type Problem } from '../../lib/problem.ts';
import { useServices } from '../../lib/services.ts';
import { useAddressFilter } from '../../lib/use-address-filter.ts';
import { matches, queryOf, UNFILTERED } from './log-filter.ts';

const PAGE_SIZE = 1000;
/** Older lines leave the page, not the workspace. */
const KEPT_LINES = 10_000;
const TYPING_PAUSE_MS = 250;

/** useLogs shows the last lines that match, or those from a moment on; follows, and reaches further on demand. */
export function useLogs(workspaceId: string) {
  const { api, live } = useServices();
  const lines = shallowRef<readonly LogLine[]>([]);
  const problem = shallowRef<Problem>();
  const isLoaded = shallowRef(false);
  const filter = useAddressFilter({ ...UNFILTERED, level: 'info' });
  const isFollowing = shallowRef(filter.since === '' && filter.until === '');
  const seenSources = reactive(new Set<string>());
  const hasEarlier = shallowRef(false);
  const hasLater = shallowRef(false);
  /** Lines that arrived while not following, or while the page was loaded. */
  let pending: LogLine[] = [];
  let loading = 0;

  function list(range: { after?: number; before?: number }): Promise<readonly LogLine[]> {
    return api
      .call(logRoutes.list, {
        params: { handle: workspaceId },
        query: { limit: PAGE_SIZE, ...range, ...queryOf(filter) },
      })
      .then(({ items }) => items);
  }

  async function load(): Promise<void> {
    const own = (loading += 1);
    const isJump = filter.since !== '';
    try {
      const items = await list(isJump ? { after: 0 } : {});
      if (own !== loading) return;
      show(items);
      hasEarlier.value = !isJump && items.length === PAGE_SIZE;
      hasLater.value = isJump && items.length === PAGE_SIZE;
      isLoaded.value = true;
      problem.value = undefined;
      if (isFollowing.value) take();
    } catch (error) {
      if (own === loading) problem.value = problemOf(error);
    }
  }

  async function loadEarlier(): Promise<void> {
    const own = loading;
    const items = await list({ before: lines.value[0]?.seq ?? 0 });
    if (own !== loading) return;
    hasEarlier.value = items.length === PAGE_SIZE;
    show([...items, ...lines.value]);
  }

  async function loadLater(): Promise<void> {
    const own = loading;
    const items = await list({ after: lines.value.at(-1)?.seq ?? 0 });
    if (own !== loading) return;
    hasLater.value = items.length === PAGE_SIZE;
    show([...lines.value, ...items]);
  }

  function show(next: readonly LogLine[]): void {
    for (const line of next) seenSources.add(line.source);
    lines.value = next;
  }

  function onEvent(event: LiveEvent): void {
    if (event.type !== 'log') return;
    pending.push(event.line);
    if (pending.length > 2 * KEPT_LINES) pending = pending.slice(-KEPT_LINES);
    if (isFollowing.value) scheduleTake();
  }

  /** A program that prints a lot would otherwise render for every line. */
  let frame: number | undefined;
  function scheduleTake(): void {
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      take();
    });
  }

  function take(): void {
    const last = lines.value.at(-1)?.seq ?? 0;
    const fresh = pending.filter((line) => line.seq > last);
    pending = [];
    if (fresh.length === 0) return;
    const all = [...lines.value, ...fresh];
    if (all.length > KEPT_LINES) hasEarlier.value = true;
    show(all.slice(-KEPT_LINES));
  }

  let typing: ReturnType<typeof setTimeout> | undefined;
  watch(
    () => filter.text,
    () => {
      clearTimeout(typing);
      typing = setTimeout(() => void load(), TYPING_PAUSE_MS);
    },
  );
  watch([() => filter.level, () => filter.source], () => void load());
  watch([() => filter.since, () => filter.until], ([since, until]) => {
    isFollowing.value = since === '' && until === '';
    void load();
  });
  watch(isFollowing, (following) => {
    if (!following) return;
    // Whoever follows is at the end.
    Object.assign(filter, { since: '', until: '' });
    take();
  });

  const unfollow = live.follow(`logs:${workspaceId}`, null, {
    onEvent,
    onSubscribed: () => void load(),
    onReset: () => void load(),
  });
  onScopeDispose(() => {
    unfollow();
    loading += 1;
    clearTimeout(typing);
    if (frame !== undefined) cancelAnimationFrame(frame);
  });
  void load();

  return {
    shown: computed(() => lines.value.filter((line) => matches(line, filter))),
    sources: computed(() => [...seenSources].sort()),
    ...{ hasEarlier, hasLater, filter, isFollowing, isLoaded, problem },
    ...{ load, loadEarlier, loadLater },
  };
}
