import type { Terminal } from '@xterm/xterm';
import { useRafFn } from '@vueuse/core';
import { computed, shallowRef, watch } from 'vue';
import { sizeOf, timesOf, type Cast } from './cast.ts';

/** usePlayback shows a recording in a terminal, from any moment on, as fast as is wished. */
export function usePlayback({ terminal, cast }: { terminal: Terminal; cast: Cast }) {
  const speed = shallowRef(1);
  const skipsIdle = shallowRef(true);
  const position = shallowRef(0);
  const isPlaying = shallowRef(false);
  const plan = computed(() => timesOf(cast.events, { skipsIdle: skipsIdle.value }));
  /** The first event that is not shown yet. */
  let next = 0;

  function begin(): void {
    next = 0;
    // What waits to be drawn comes before it.
    terminal.write('', () => terminal.reset());
    resize(cast);
  }

  function resize(size: { cols: number; rows: number }): void {
    terminal.write('', () => terminal.resize(size.cols, size.rows));
  }

  function showUntil(seconds: number): void {
    let text = '';
    for (; next < cast.events.length && (plan.value.times[next] ?? 0) <= seconds; next += 1) {
      const event = cast.events[next];
      if (event?.code === 'o') text += event.data;
      const size = event?.code === 'r' ? sizeOf(event.data) : undefined;
      if (!size) continue;
      terminal.write(text);
      text = '';
      resize(size);
    }
    terminal.write(text);
  }

  function seek(seconds: number): void {
    if (seconds < position.value) begin();
    position.value = Math.min(Math.max(0, seconds), plan.value.duration);
    showUntil(position.value);
  }

  const { pause, resume } = useRafFn(
    ({ delta }) => {
      if (!isPlaying.value) return;
      seek(position.value + (delta / 1000) * speed.value);
      if (position.value >= plan.value.duration) isPlaying.value = false;
    },
    { immediate: false },
  );

  function toggle(): void {
    if (!isPlaying.value && position.value >= plan.value.duration) seek(0);
    isPlaying.value = !isPlaying.value;
  }

  watch(isPlaying, (plays) => (plays ? resume() : pause()));
  // The same event stays the last one that is shown.
  watch(plan, ({ times }) => {
    position.value = next === 0 ? 0 : (times[next - 1] ?? 0);
  });
  begin();
  seek(0);
  return {
    ...{ speed, skipsIdle, position, isPlaying, seek, toggle },
    times: computed(() => plan.value.times),
    duration: computed(() => plan.value.duration),
  };
}
