import type { ExecCommand, ExecOutcome } from '../../agents/index.ts';

/** RunCommand runs a command in one workspace. */
export type RunCommand = (
  command: Pick<ExecCommand, 'argv' | 'timeoutMs' | 'env' | 'cwd' | 'onOutput'>,
) => Promise<ExecOutcome>;
