import { createContext, Script } from 'node:vm';

/** V8 ends a script that runs too long, wherever it is: also in a loop of WebAssembly that never returns. */
const script = new Script('work()');
const room = createContext({});

/** within does work on this thread, and throws what `tooSlow` makes when it is not done in time. */
export function within<T>(deadlineMs: number, work: () => T, tooSlow: () => Error): T {
  const results: { readonly value: T }[] = [];
  room['work'] = () => void results.push({ value: work() });
  try {
    script.runInContext(room, { timeout: deadlineMs });
  } catch (error) {
    throw isTimeout(error) ? tooSlow() : error;
  } finally {
    delete room['work'];
  }
  const [result] = results;
  if (!result) throw tooSlow();
  return result.value;
}

/** It comes from the other room, so it is no `Error` of this one. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
