import { createInterface } from 'node:readline/promises';
import type { CliIo } from './io.ts';

/** ask puts a question to the person; the end of the input is an empty answer. */
export async function ask(io: CliIo, question: string): Promise<string> {
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  try {
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    return await Promise.race([lines.question(question, { signal: io.signal }), ended]);
  } finally {
    lines.close();
  }
}
