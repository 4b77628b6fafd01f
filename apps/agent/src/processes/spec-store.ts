import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { readIfThere, removeDurably, writeDurably } from '../system/durable-file.ts';

export const ProcessSpecSchema = z.object({
  name: z.string().check(z.regex(/^[a-z][a-z0-9-]{0,31}$/)),
  command: z.string(),
  env: z.record(z.string(), z.string()),
});
export type ProcessSpec = z.infer<typeof ProcessSpecSchema>;

/** SpecStore keeps what runs across restarts of the agent: one file per process. */
export interface SpecStore {
  readAll(): Promise<ProcessSpec[]>;
  read(name: string): Promise<ProcessSpec | null>;
  write(spec: ProcessSpec): Promise<void>;
  remove(name: string): Promise<void>;
}

export function createSpecStore(directory: string): SpecStore {
  const fileOf = (name: string) => join(directory, `${name}.json`);

  async function read(name: string): Promise<ProcessSpec | null> {
    const text = await readIfThere(fileOf(name));
    return text === undefined ? null : ProcessSpecSchema.parse(JSON.parse(text));
  }

  return {
    read,
    async readAll() {
      const names = (await readdir(directory)).filter((name) => name.endsWith('.json'));
      const specs = await Promise.all(names.map((name) => read(name.slice(0, -'.json'.length))));
      return specs.filter((spec) => spec !== null);
    },
    write: (spec) => writeDurably(fileOf(spec.name), JSON.stringify(spec)),
    remove: (name) => removeDurably(fileOf(name)),
  };
}
