import { FailureError } from '../console/command.ts';

export function assertRoot(doing: string): void {
  if (process.getuid?.() === 0) return;
  throw new FailureError(`${doing} needs root: run the command with sudo`);
}
