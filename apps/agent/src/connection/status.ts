import * as z from 'zod/mini';
import { readIfThere, writeDurably } from '../system/durable-file.ts';

const ConnectionStatusSchema = z.object({
  isConnected: z.boolean(),
  /** Why not. */
  reason: z.nullable(z.string()),
  since: z.iso.datetime(),
});
export type ConnectionStatus = z.infer<typeof ConnectionStatusSchema>;

/** What the running agent last said about its connection; undefined before the first attempt. */
export async function readStatus(path: string): Promise<ConnectionStatus | undefined> {
  const text = await readIfThere(path);
  return text === undefined ? undefined : ConnectionStatusSchema.parse(JSON.parse(text));
}

/** Makes the function that notes each change; the same reason again is none. */
export function createStatusFile(path: string, nowMs: () => number) {
  let noted: string | undefined;
  let last = Promise.resolve();
  return function note(reason: string | null): Promise<void> {
    const isConnected = reason === null;
    if (noted === String(reason)) return last;
    noted = String(reason);
    const status = { isConnected, reason, since: new Date(nowMs()).toISOString() };
    last = last
      .catch(() => undefined)
      .then(() => writeDurably(path, JSON.stringify(status satisfies ConnectionStatus)));
    return last;
  };
}
