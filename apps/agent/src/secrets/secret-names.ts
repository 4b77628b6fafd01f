import { join } from 'node:path';
import * as z from 'zod/mini';
import { readIfThere, writeDurably } from '../system/durable-file.ts';

const NamesSchema = z.array(z.string());

/** durableNames remembers on the disk which secrets there were: their names alone. */
export function durableNames(stateDirectory: string) {
  const path = join(stateDirectory, 'secret-names.json');
  let written: string | undefined;
  return {
    async read(): Promise<readonly string[]> {
      written = await readIfThere(path);
      return written === undefined ? [] : NamesSchema.parse(JSON.parse(written));
    },
    async write(names: readonly string[]): Promise<void> {
      const text = JSON.stringify(names.toSorted());
      if (text === (written ?? '[]')) return;
      await writeDurably(path, text);
      written = text;
    },
  };
}
