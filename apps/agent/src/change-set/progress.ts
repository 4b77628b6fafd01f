import type { ChangeSetProgress } from '@spt-flow/shared/agent-protocol/change-set';
import { messageOf } from '../system/errors.ts';
import type { Phase } from './failure.ts';

export type OnProgress = (progress: ChangeSetProgress) => void;

/** Runs a phase and tells how it begins and ends. */
export async function inPhase<T>(
  phase: Phase,
  onProgress: OnProgress,
  run: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  const tell = (state: ChangeSetProgress['state'], detail: string) =>
    onProgress({ phase, state, detail, durationMs: performance.now() - started });
  tell('running', '');
  try {
    const result = await run();
    tell('done', '');
    return result;
  } catch (error) {
    tell('failed', messageOf(error).slice(0, 4_000));
    throw error;
  }
}
