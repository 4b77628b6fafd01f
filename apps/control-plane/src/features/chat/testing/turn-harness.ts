import { randomUUID } from 'node:crypto';
import type { ChangeSet } from '@spt-flow/shared/api/change-sets';
import type { TurnStep } from '@spt-flow/shared/api/conversations';
import { runTurn } from '../pipeline/run-turn.ts';
import {
  DEFAULT_LIMITS,
  type ProposedChange,
  type TurnInput,
  type TurnResult,
} from '../pipeline/turn-types.ts';
import type { ModelProvider } from '../providers/model-provider.ts';
import { noMachine } from './memory-machine.ts';
import { memoryFiles } from './memory-files.ts';

export function changeSetOf(change: ProposedChange, seen: Partial<ChangeSet> = {}): ChangeSet {
  return {
    id: randomUUID(),
    workspaceId: randomUUID(),
    summary: change.summary,
    author: null,
    outcome: 'committed',
    reason: null,
    commit: 'c0ffee',
    files: [],
    checks: [],
    probe: { url: 'http://127.0.0.1:3000/', status: 200, durationMs: 84, error: null },
    durationMs: 1,
    createdAt: new Date(0).toISOString(),
    ...seen,
  };
}

export interface Harness {
  readonly changes: ProposedChange[];
  readonly streamed: () => string;
  readonly steps: TurnStep[];
  run(request?: string): Promise<TurnResult>;
}

/** turnHarness runs turns of a provider; `outcomes` are what the machine answers to each change in turn, then success. */
export function turnHarness(
  provider: ModelProvider,
  given: Partial<TurnInput> = {},
  outcomes: readonly Partial<ChangeSet>[] = [],
): Harness {
  const changes: ProposedChange[] = [];
  const steps: TurnStep[] = [];
  let streamed = '';
  const base: TurnInput = {
    provider,
    fallback: null,
    prices: {},
    setAside: async (choose) => choose(null),
    projectName: 'Café',
    decisions: [],
    earlierRequests: [],
    history: [],
    request: 'a guestbook for my café',
    images: [],
    planning: null,
    files: memoryFiles({}),
    machine: noMachine,
    applyChange: async (change) => {
      changes.push(change);
      return changeSetOf(change, outcomes[changes.length - 1]);
    },
    publish: () => Promise.reject(new Error('no deployment was expected')),
    lookAt: null,
    limits: DEFAULT_LIMITS,
    sink: { text: (delta) => (streamed += delta), step: (step) => steps.push(step) },
    signal: new AbortController().signal,
    secrets: [],
    secretNames: [],
    now: () => 0,
    ...given,
  };
  return {
    changes,
    steps,
    streamed: () => streamed,
    run: (request = base.request) => runTurn({ ...base, request }),
  };
}
