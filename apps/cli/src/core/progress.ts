import type { Transition } from '@spt-flow/shared/api/workspaces';
import type { createColors } from 'picocolors';
import type { OutputStream } from './io.ts';
import { formatDuration, plain } from './text.ts';

export type Step = Pick<Transition['steps'][number], 'name' | 'state' | 'durationMs' | 'detail'>;
type Colors = ReturnType<typeof createColors>;

export interface Progress {
  /** The steps as they are now; called again whenever one changes. */
  steps(steps: readonly Step[]): void;
  /** A line that stays, e.g. of the log. */
  line(text: string): void;
  /** Leaves the steps as they are on the screen. */
  end(): void;
}

interface ProgressOptions {
  /** Steps are rewritten where they stand; otherwise each change is a line. */
  readonly inPlace: boolean;
  readonly columns: number;
  readonly colors: Colors;
}

export function createProgress(stream: OutputStream, options: ProgressOptions): Progress {
  return options.inPlace ? inPlaceProgress(stream, options) : plainProgress(stream, options.colors);
}

function inPlaceProgress(stream: OutputStream, { columns, colors }: ProgressOptions): Progress {
  let shown: readonly Step[] = [];
  let drawn = 0;

  function erased(): string {
    const erase = drawn === 0 ? '' : `\x1b[${drawn}A\x1b[J`;
    drawn = 0;
    return erase;
  }

  function drawing(): string {
    drawn = shown.length;
    return shown.map((step) => `${describeStep(step, { columns, colors })}\n`).join('');
  }

  return {
    steps(steps) {
      shown = steps;
      stream.write(erased() + drawing());
    },
    line(text) {
      stream.write(`${erased()}${colors.dim(fit(plain(text), columns))}\n${drawing()}`);
    },
    end() {
      shown = [];
      drawn = 0;
    },
  };
}

function plainProgress(stream: OutputStream, colors: Colors): Progress {
  const told = new Map<string, Step['state']>();
  return {
    steps(steps) {
      for (const step of steps) {
        if (told.get(step.name) === step.state) continue;
        told.set(step.name, step.state);
        stream.write(`${describeStep(step, { columns: Infinity, colors })}\n`);
      }
    },
    line: (text) => void stream.write(`  ${plain(text)}\n`),
    end: () => told.clear(),
  };
}

function describeStep(
  step: Step,
  { columns, colors }: Pick<ProgressOptions, 'columns' | 'colors'>,
): string {
  const duration = step.durationMs === null ? '' : `  ${formatDuration(step.durationMs)}`;
  const detail = step.detail === null ? '' : `  ${plain(step.detail)}`;
  const text = fit(`${plain(step.name)}${duration}${detail}`, columns - 2);
  if (step.state === 'done') return `${colors.green('✓')} ${text}`;
  if (step.state === 'failed') return `${colors.red('✗')} ${text}`;
  return `${colors.cyan('…')} ${text}`;
}

/** A line that wraps would be counted wrongly when it is erased. */
function fit(text: string, columns: number): string {
  return text.length < columns ? text : `${text.slice(0, Math.max(0, columns - 2))}…`;
}
