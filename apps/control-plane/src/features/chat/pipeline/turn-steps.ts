import type { TurnStep } from '@spt-flow/shared/api/conversations';

const MAX_DETAIL_CHARACTERS = 2000;

export interface StepEnd {
  readonly ok: boolean;
  readonly label?: string;
  readonly detail?: string;
  readonly durationMs?: number;
}

/** TurnSteps keeps the named steps of a turn and tells each change of one. */
export class TurnSteps {
  readonly #steps = new Map<string, TurnStep>();
  readonly #startedAt = new Map<string, number>();
  readonly #emit: (step: TurnStep) => void;
  readonly #now: () => number;

  constructor(emit: (step: TurnStep) => void, now: () => number) {
    this.#emit = emit;
    this.#now = now;
  }

  get all(): TurnStep[] {
    return [...this.#steps.values()];
  }

  /** `progress`: how far what the step belongs to is, from 0 to 1. */
  start(id: string, label: string, progress?: number): void {
    const known = this.#steps.get(id);
    if (known?.state === 'running' && known.label === label) return;
    if (!this.#startedAt.has(id)) this.#startedAt.set(id, this.#now());
    const step: TurnStep = { id, label, state: 'running', detail: null, durationMs: null };
    this.#put(progress === undefined ? step : { ...step, progress });
  }

  end(id: string, end: StepEnd): void {
    const known = this.#steps.get(id);
    if (known?.state === 'running') this.#finish(id, { ...end, label: end.label ?? known.label });
  }

  /** Says better what a step was, once it is known; adds the step if nobody started it. */
  relabel(id: string, end: StepEnd & { readonly label: string }): void {
    this.#finish(id, end);
  }

  #finish(
    id: string,
    { ok, label, detail, durationMs }: StepEnd & { readonly label: string },
  ): void {
    const elapsedMs = this.#now() - (this.#startedAt.get(id) ?? this.#now());
    this.#put({
      id,
      label,
      state: ok ? 'done' : 'failed',
      detail: detail?.slice(0, MAX_DETAIL_CHARACTERS) ?? null,
      durationMs: Math.round(durationMs ?? elapsedMs),
    });
  }

  /** No step is left running when a turn is over. */
  endAll(ok: boolean): void {
    for (const { id, state } of this.all) if (state === 'running') this.end(id, { ok });
  }

  #put(step: TurnStep): void {
    this.#steps.set(step.id, step);
    this.#emit(step);
  }
}
