import type { Metric } from '../harness/metric.ts';
import { toMetric } from '../harness/metric.ts';
import { progress } from '../harness/program.ts';

/** Tally counts what passed and says at once what did not. */
export class Tally {
  readonly #metric: string;
  #passed = 0;
  #total = 0;

  constructor(metric: string) {
    this.#metric = metric;
  }

  get passed(): boolean {
    return this.#passed === this.#total;
  }

  /** True when the work did not throw. */
  async count(name: string, work: () => Promise<void>): Promise<boolean> {
    this.#total++;
    try {
      await work();
      this.#passed++;
      return true;
    } catch (error) {
      progress(`FAILED ${this.#metric}: ${name}: ${String(error)}`);
      return false;
    }
  }

  /** `atLeast`: the share that has to pass. */
  toMetric(atLeast: number): Metric {
    return toMetric([{ product: this.#passed, peer: this.#total }], {
      metric: this.#metric,
      unit: 'passed',
      peer: 'all of them',
      goal: { of: 'ratio', by: 'median', atLeast },
    });
  }
}
