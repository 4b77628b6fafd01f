import { performance } from 'node:perf_hooks';

const REDRAW_MS = 1_000;

/** withProgress shows on standard error what is being done, for how long, and how it ended. */
export async function withProgress(label, work) {
  const startedMs = performance.now();
  const elapsed = () => `${((performance.now() - startedMs) / 1_000).toFixed(1)} s`;
  const stopDrawing = drawWhileRunning(label, elapsed);
  try {
    const result = await work();
    stopDrawing();
    say(`✓ ${label} (${elapsed()})`);
    return result;
  } catch (error) {
    stopDrawing();
    say(`✗ ${label} (${elapsed()})`);
    throw error;
  }
}

export function say(line) {
  process.stderr.write(`${line}\n`);
}

function drawWhileRunning(label, elapsed) {
  if (!process.stderr.isTTY) {
    say(`… ${label}`);
    return () => {};
  }
  const draw = () => process.stderr.write(`\r\u001b[2K… ${label} (${elapsed()})`);
  draw();
  const timer = setInterval(draw, REDRAW_MS);
  return () => {
    clearInterval(timer);
    process.stderr.write('\r\u001b[2K');
  };
}
