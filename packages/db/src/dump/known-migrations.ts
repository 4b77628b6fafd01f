import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';

const JournalSchema = z.object({
  entries: z.array(z.object({ when: z.number(), tag: z.string() })),
});
const BREAK = '--> statement-breakpoint';

/** These migrations are not the first of those that this version has. */
export class UnknownMigrationsError extends Error {
  override readonly name = 'UnknownMigrationsError';
}

/** migrationsUpTo returns the statements that make an empty database one that has these migrations. */
export async function migrationsUpTo(folder: string, made: readonly number[]): Promise<string[]> {
  const { entries } = JournalSchema.parse(
    JSON.parse(await readFile(path.join(folder, 'meta', '_journal.json'), 'utf8')),
  );
  const wanted = entries.toSorted((one, other) => one.when - other.when).slice(0, made.length);
  if (wanted.length < made.length || wanted.some(({ when }, index) => when !== made[index]))
    throw new UnknownMigrationsError('It has migrations that this version does not know');
  const texts = wanted.map(({ tag }) => readFile(path.join(folder, `${tag}.sql`), 'utf8'));
  return (await Promise.all(texts)).flatMap((text) => text.split(BREAK));
}
