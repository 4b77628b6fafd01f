import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { messageOf } from './errors.ts';

const TIMEOUT_MS = 120_000;

/** ProgramError: a program of the system ended with a failure; the message is what it has said. */
class ProgramError extends Error {
  override readonly name = 'ProgramError';
}

/** Runs a program of the system; answers its output. */
export async function runProgram(file: string, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(file, args, { timeout: TIMEOUT_MS })).stdout;
  } catch (cause) {
    throw new ProgramError(`${file} ${args.join(' ')}: ${complaintOf(cause)}`, { cause });
  }
}

/** Answers undefined where the program fails, or is not there. */
export async function tryProgram(
  file: string,
  args: readonly string[],
): Promise<string | undefined> {
  try {
    return await runProgram(file, args);
  } catch (error) {
    if (error instanceof ProgramError) return undefined;
    throw error;
  }
}

function complaintOf(error: unknown): string {
  const hasOutput = error instanceof Error && 'stderr' in error && typeof error.stderr === 'string';
  const complaint = hasOutput ? String(error.stderr).trim() : '';
  return complaint === '' ? messageOf(error) : complaint;
}
