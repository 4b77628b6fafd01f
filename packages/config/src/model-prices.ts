import * as z from 'zod';

/** Writing to a provider's cache costs so much more than reading input anew, unless a price says otherwise. */
const WRITE_FACTOR = 1.25;

/** Dollars per million tokens as Anthropic published them in November 2026: input/output/cached input. */
export const PUBLISHED_PRICES =
  'claude-fable-5-1=10/50/1,claude-opus-5-5=4/20/0.2,claude-sonnet-5-5=2/10/0.2,claude-haiku-5-5=0.1/0.5/0.01';

const Dollars = z.coerce.number<string>().min(0);
const PriceSchema = z
  .string()
  .transform((text) => text.split('/'))
  .pipe(z.array(Dollars).min(2, 'must name input and output, such as model=2/10').max(4))
  .transform(
    ([input = 0, output = 0, cachedInput = input, writtenInput = input * WRITE_FACTOR]) => ({
      input,
      output,
      cachedInput,
      writtenInput,
    }),
  );

/** `model=input/output/cached/written` with commas between; the last two may be left out. */
export const ModelPricesSchema = z
  .string()
  .transform((text) =>
    Object.fromEntries(
      text.split(',').map((part) => {
        const at = part.lastIndexOf('=');
        return [part.slice(0, at).trim(), part.slice(at + 1).trim()];
      }),
    ),
  )
  .pipe(z.record(z.string().min(1), PriceSchema));
