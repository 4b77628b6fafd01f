import * as z from 'zod/mini';

/** TerminalView is what all who look at a terminal have in common; its size is that of who used it last. */
export const TerminalViewSchema = z.object({
  cols: z.number(),
  rows: z.number(),
  isShared: z.boolean(),
  viewers: z.array(z.object({ name: z.string(), canWrite: z.boolean() })),
});
export type TerminalView = z.infer<typeof TerminalViewSchema>;
