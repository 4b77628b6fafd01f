import { messageOf } from '../system/errors.ts';

/** Trouble is what a step found wrong, and what to do about it. */
export class Trouble extends Error {
  override readonly name = 'Trouble';
  readonly remedy: string;

  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}

/** What a step found; `isSkipped`: nothing to look at here, which stands in nobody's way. */
export interface Finding {
  readonly detail: string;
  readonly isSkipped?: boolean;
}

export interface Step {
  readonly name: string;
  /** Steps that say nothing about this one when they have failed. */
  readonly needs: readonly string[];
  /** Throws Trouble when it is wrong. */
  run(): Promise<Finding>;
}

export interface StepResult {
  readonly step: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  readonly durationMs: number;
  readonly detail: string;
  /** What to do; null unless it has failed. */
  readonly remedy: string | null;
}

/** Runs the steps in their order; whoever needs a failed one is skipped. */
export async function runSteps(
  steps: readonly Step[],
  onResult: (result: StepResult) => void,
): Promise<StepResult[]> {
  const results: StepResult[] = [];
  /** Failed, or skipped because of one that has. */
  const blocked = new Set<string>();
  for (const step of steps) {
    const obstacle = step.needs.find((name) => blocked.has(name));
    const result =
      obstacle === undefined
        ? await runStep(step)
        : skipped(step.name, `needs what '${obstacle}' could not establish`);
    if (obstacle !== undefined || result.result === 'failed') blocked.add(step.name);
    results.push(result);
    onResult(result);
  }
  return results;
}

async function runStep({ name: step, run }: Step): Promise<StepResult> {
  const startedMs = performance.now();
  const elapsedMs = () => Math.round(performance.now() - startedMs);
  try {
    const { detail, isSkipped } = await run();
    const result = isSkipped ? 'skipped' : 'passed';
    return { step, result, durationMs: elapsedMs(), detail, remedy: null };
  } catch (error) {
    const remedy = error instanceof Trouble ? error.remedy : 'Report this with the text above';
    const detail = messageOf(error);
    return { step, result: 'failed', durationMs: elapsedMs(), detail, remedy };
  }
}

function skipped(step: string, detail: string): StepResult {
  return { step, result: 'skipped', durationMs: 0, detail, remedy: null };
}
