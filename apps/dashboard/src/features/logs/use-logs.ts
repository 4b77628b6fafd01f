import type { LiveEvent } from '@spt-flow/shared/api/live';
import { LOG_LEVELS, logRoutes, type LogLine } from '@spt-flow/shared/api/logs';
import { computed, onScopeDispose, reactive, shallowRef, watch } from 'vue';
import { problemOf, type Problem } from '../../lib/problem.ts';
import { useServices } from '../../lib/services.ts';

const PAGE_SIZE = 1000;
/** Older lines leave the page, not the workspace. */
const KEPT_LINES = 10_000;
const TYPING_PAUSE_MS = 250;
/** Correlation ids are asked for as such: the text of a line does not contain its id. */
const CORRELATION_ID = /^[0-9a-f-]{16,64}$/i;

export interface LogFilter {
  level: LogLine['level'];
  source: string;
  text: string;
}

/** useLogs shows the last lines that match, follows from there, and reaches further back on demand. */
export function useLogs(workspaceId: string) {
  const { api, live } = useServices();
  const lines = shallowRef<readonly LogLine[]>([]);
  const problem = shallowRef<Problem>();
  const isLoaded = shallowRef(false);
  const isFollowing = shallowRef(true);
  const filter = reactive<LogFilter>({ level: 'info', source: 'all', text: '' });
  const seenSources = reactive(new Set<string>());
  /** Every matching line from this position on is here. */
  const from = shallowRef(1);
  /** Lines that arrived while not following, or while the page was loaded. */
  let pending: LogLine[] = [];
  let loading = 0;

  function list(range: { after?: number }): Promise<readonly LogLine[]> {
    return api
      .call(logRoutes.list, {
        params: { handle: workspaceId },
        query: { limit: PAGE_SIZE, ...range, ...queryOf(filter) },
      })
      .then(({ items }) => items);
  }

  async function load(): Promise<void> {
    const own = (loading += 1);
    try {
      const items = await list({});
      if (own !== loading) return;
      show(items);
      from.value = items.length < PAGE_SIZE ? 1 : (items[0]?.seq ?? 1);
      isLoaded.value = true;
      problem.value = undefined;
      if (isFollowing.value) take();
    } catch (error) {
      if (own === loading) problem.value = problemOf(error);
    }
  }

  /** Steps back over the log until there is something to show or nothing is left. */
  async function loadEarlier(): Promise<void> {
    const own = loading;
    while (from.value > 1) {
      const after = Math.max(0, from.value - 1 - PAGE_SIZE);
      const items = await list({ after });
      if (own !== loading) return;
      const found = items.filter((line) => line.seq < from.value);
      from.value = after + 1;
      if (found.length === 0) continue;
      show([...found, ...lines.value]);
      return;
    }
  }

  function show(next: readonly LogLine[]): void {
    for (const line of next) seenSources.add(line.source);
    lines.value = next;
  }

  function onEvent(event: LiveEvent): void {
    if (event.type !== 'log') return;
    pending.push(event.line);
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
    if (all.length > KEPT_LINES) from.value = all.at(-KEPT_LINES)?.seq ?? 1;
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
  watch(isFollowing, (following) => {
    if (following) take();
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
    hasEarlier: computed(() => from.value > 1),
    filter,
    isFollowing,
    isLoaded,
    problem,
    load,
    loadEarlier,
  };
}

function queryOf({ level, source, text }: LogFilter) {
  const search = text.trim();
  return {
    level,
    ...(source !== 'all' && { source }),
    ...(search !== '' &&
      (CORRELATION_ID.test(search) ? { correlationId: search } : { search: search.slice(0, 200) })),
  };
}

/** matches keeps lines of the level or a worse one. */
export function matches(line: LogLine, filter: LogFilter): boolean {
  if (LOG_LEVELS.indexOf(line.level) < LOG_LEVELS.indexOf(filter.level)) return false;
  if (filter.source !== 'all' && line.source !== filter.source) return false;
  const text = filter.text.trim().toLowerCase();
  return (
    text === '' ||
    line.text.toLowerCase().includes(text) ||
    line.correlationId?.toLowerCase() === text
  );
}
