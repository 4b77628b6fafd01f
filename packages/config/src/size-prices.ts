import * as z from 'zod';

/** `chat=0.05,devenv=0.1,gpu=2`: what an hour of a workspace of that size costs, and of each graphics processor. */
export const SizePrices = z.preprocess(
  (text) => (typeof text === 'string' ? pairsOf(text) : text),
  z.partialRecord(z.enum(['chat', 'devenv', 'gpu']), z.coerce.number().min(0)),
);

function pairsOf(text: string): Record<string, string | undefined> {
  const pairs = text.split(',').map((part) => part.trim().split('='));
  return Object.fromEntries(pairs.map(([name = '', value]) => [name, value] as const));
}
