import { shallowRef } from 'vue';
import { problemOf, type Problem } from './problem.ts';

/** useAction runs one request at a time and keeps its state for the page: running, and the problem of the last run. */
export function useAction<Arguments extends readonly unknown[], Result>(
  work: (...args: Arguments) => Promise<Result>,
) {
  const isRunning = shallowRef(false);
  const problem = shallowRef<Problem>();

  async function run(...args: Arguments): Promise<Result | undefined> {
    if (isRunning.value) return undefined;
    isRunning.value = true;
    problem.value = undefined;
    try {
      return await work(...args);
    } catch (error) {
      problem.value = problemOf(error);
      return undefined;
    } finally {
      isRunning.value = false;
    }
  }

  return { run, isRunning, problem };
}
