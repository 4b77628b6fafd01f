import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EngineWatch } from './engine-watch.ts';
import { openEngine } from './engine.ts';

const A_WHILE_MS = 10 * 60_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watchEngine() {
  const streams: PassThrough[] = [];
  const engine = openEngine({ environment: { DOCKER_HOST: 'unix:///nowhere' } });
  vi.spyOn(engine.api, 'getEvents').mockImplementation(async () => {
    const stream = new PassThrough();
    streams.push(stream);
    return stream;
  });
  const onConnected = vi.fn<() => void>();
  const labels = { 'spt-flow.installation': 'one' };
  return {
    watch: new EngineWatch({ engine, labels, onEvent: () => undefined, onConnected }),
    ...{ streams, onConnected },
  };
}

it('whoever comes back soon finds it listening still: nothing has to be asked anew', async () => {
  const { watch, streams, onConnected } = watchEngine();
  await watch.open();
  watch.close();
  await watch.open();
  await vi.advanceTimersByTimeAsync(A_WHILE_MS);

  expect(onConnected).toHaveBeenCalledOnce();
  expect(streams.map(({ destroyed }) => destroyed)).toEqual([false]);
});

it('an engine that nobody uses is left alone, and asked anew afterwards', async () => {
  const { watch, streams, onConnected } = watchEngine();
  await watch.open();
  watch.close();
  await vi.advanceTimersByTimeAsync(A_WHILE_MS);

  expect(streams.map(({ destroyed }) => destroyed)).toEqual([true]);

  await watch.open();

  expect(onConnected).toHaveBeenCalledTimes(2);
});
