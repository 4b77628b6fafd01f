import type { Workspace } from '@spt-flow/shared/api/workspaces';
import { shallowRef } from 'vue';
import { problemOf, type Problem } from '../../lib/problem.ts';
import { useWorkspacesStore } from './workspaces-store.ts';

export type Verb = 'start' | 'stop' | 'remove';

/** What came of one workspace. */
export interface Outcome {
  readonly id: string;
  readonly name: string;
  readonly verb: Verb;
  readonly problem: Problem | undefined;
}

/** useBulk asks for the same of many workspaces, one after the other; what fails for one holds up no other. */
export function useBulk() {
  const store = useWorkspacesStore();
  const outcomes = shallowRef<readonly Outcome[]>([]);
  const running = shallowRef<Verb>();

  async function run(verb: Verb, workspaces: readonly Workspace[]): Promise<void> {
    if (running.value) return;
    running.value = verb;
    outcomes.value = [];
    for (const { id, name } of workspaces) {
      const problem = await store[verb](id).then(() => undefined, problemOf);
      outcomes.value = [...outcomes.value, { id, name, verb, problem }];
    }
    running.value = undefined;
  }

  return { run, running, outcomes };
}
