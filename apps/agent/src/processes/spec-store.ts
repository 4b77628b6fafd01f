import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { readIfThere, removeDurably, writeDurably } from '../system/durable-file.ts';
import { systemCode } from '../system/errors.ts';

export const ProcessSpecSchema = z.object({
  name: z.string().check(z.regex(/^[a-z][a-z0-9-]{0,31}$/)),
  command: z.string(),
  env: z.record(z.string(), z.string()),
});
export type ProcessSpec = z.infer<typeof ProcessSpecSchema>;

/** SpecStore keeps what runs across restarts of the agent: one file per process. */
export interface SpecStore {
  /** A damaged one does not keep the others from running. */
  readAll(): Promise<{ specs: ProcessSpec[]; damaged: string[] }>;
  write(spec: ProcessSpec): Promise<void>;
  remove(name: string): Promise<void>;
}

export function createSpecStore(directory: string): SpecStore {
  const fileOf = (name: string) => join(directory, `${name}.json`);

  async function read(name: string): Promise<ProcessSpec | undefined> {
    try {
      return ProcessSpecSchema.parse(JSON.parse((await readIfThere(fileOf(name))) ?? ''));
    } catch (error) {
      if (systemCode(error) !== undefined) throw error;
      return undefined;
    }
  }

  return {
    async readAll() {
      const names = (await readdir(directory))
        .filter((file) => file.endsWith('.json'))
        .map((file) => file.slice(0, -'.json'.length));
      const specs = await Promise.all(names.map(read));
      return {
        specs: specs.filter((spec) => spec !== undefined),
        damaged: names.filter((_, index) => specs[index] === undefined),
      };
    },
    write: (spec) => writeDurably(fileOf(spec.name), JSON.stringify(spec)),
    remove: (name) => removeDurably(fileOf(name)),
  };
}
