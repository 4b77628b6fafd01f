import type { LiveEvent } from '@spt-flow/shared/api/live';
import { LOG_LEVELS, logRoutes, type LogLine } from '@spt-flow/shared/api/logs';
import { computed, onScopeDispose, reactive, shallowRef, watch } from 'vue';
import { problemOf, type Problem } from '../../lib/problem.ts';
import { useServices } from '../../lib/services.ts';

const PAGE_SIZE = 1000;
/** Older lines leave the page, not the workspace. */
const KEPT_LINES = 5000;

/** useLogs loads the last lines of a workspace and follows from there; filters work on what is kept. */
export function useLogs(workspaceId: string) {
  const { api, live } = useServices();
  const lines = shallowRef<readonly LogLine[]>([]);
  const problem = shallowRef<Problem>();
  const isLoaded = shallowRef(false);
  const isFollowing = shallowRef(true);
  const filter = reactive<{ level: LogLine['level']; source: string; text: string }>({
    level: 'debug',
    source: 'all',
    text: '',
  });
  /** Lines that arrived while not following. */
  let pending: LogLine[] = [];
  let unfollow = (): void => undefined;

  async function load(): Promise<void> {
    try {
      const { items } = await api.call(logRoutes.list, {
        params: { handle: workspaceId },
        query: { limit: PAGE_SIZE },
      });
      lines.value = items;
      problem.value = undefined;
      isLoaded.value = true;
      unfollow = live.follow(`logs:${workspaceId}`, items.at(-1)?.seq ?? 0, {
        onEvent,
        onReset: () => void load(),
      });
    } catch (error) {
      problem.value = problemOf(error);
    }
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
    if (pending.length === 0) return;
    lines.value = [...lines.value, ...pending].slice(-KEPT_LINES);
    pending = [];
  }

  watch(isFollowing, (following) => {
    if (following) take();
  });
  onScopeDispose(() => {
    unfollow();
    if (frame !== undefined) cancelAnimationFrame(frame);
  });
  void load();

  const sources = computed(() => [...new Set(lines.value.map((line) => line.source))].sort());
  const shown = computed(() => lines.value.filter((line) => matches(line, filter)));
  return { lines, shown, sources, filter, isFollowing, isLoaded, problem, load };
}

/** matches keeps lines of the level or a worse one. */
export function matches(
  line: LogLine,
  filter: { level: LogLine['level']; source: string; text: string },
): boolean {
  if (LOG_LEVELS.indexOf(line.level) < LOG_LEVELS.indexOf(filter.level)) return false;
  if (filter.source !== 'all' && line.source !== filter.source) return false;
  const text = filter.text.trim().toLowerCase();
  return (
    text === '' ||
    line.text.toLowerCase().includes(text) ||
    line.correlationId?.toLowerCase() === text
  );
}
