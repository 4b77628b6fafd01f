import { constants } from 'node:os';

/** exitCodeOf puts the two ways to end into one number, as shells do: 128 + signal number. */
export function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  if (signal !== null) return 128 + constants.signals[signal];
  return code ?? 1;
}
