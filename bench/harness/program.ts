import { spawnSync } from 'node:child_process';
import { keepsGoal, type Metric } from './metric.ts';
import { toJsonLine, toTable } from './report.ts';

/** runBench is the main function of a bench; a goal that is not kept shows in the exit code. */
export async function runBench(name: string, measure: () => Promise<Metric[]>): Promise<void> {
  const metrics = await measure();
  const asJson = process.argv.includes('--json');
  const text = asJson
    ? metrics.map((metric) => toJsonLine(name, metric)).join('\n')
    : toTable(metrics);
  process.stdout.write(`${text}\n`);
  process.exitCode = metrics.every(keepsGoal) ? 0 : 1;
}

export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** pinTo keeps this process with all its threads on one core. */
export function pinTo(core: number): void {
  spawnSync('taskset', ['-acp', String(core), String(process.pid)], { stdio: 'ignore' });
}
