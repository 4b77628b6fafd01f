import * as z from 'zod/mini';
import { readIfThere } from '../system/durable-file.ts';
import { LAYOUT } from './layout.ts';

export const InstallationSchema = z.object({
  user: z.string(),
  /** The account was made for the agent, and goes with it. */
  isAccountOurs: z.boolean(),
  projectDirectory: z.string(),
  memoryMax: z.string(),
  /** Socket of the container engine that the control plane may use. */
  hostContainers: z.optional(z.string()),
});
export type Installation = z.infer<typeof InstallationSchema>;

/** Undefined: the agent is not installed here. */
export async function readInstallation(): Promise<Installation | undefined> {
  const text = await readIfThere(LAYOUT.installation);
  return text === undefined ? undefined : InstallationSchema.parse(JSON.parse(text));
}
