import { BYTES_PER_TOKEN, NO_USAGE, type ModelUsage } from '../../chat/index.ts';

/** TokenCount is what an answer was seen to use, piece by piece. */
export interface TokenCount {
  /** As the service said last; null: it has said nothing yet. */
  usage: ModelUsage | null;
  /** Of the input written to the cache: for an hour, which costs more. */
  longWrittenTokens: number;
  /** What the model wrote so far, which is all that is known of an answer that breaks off. */
  textBytes: number;
  /** The service said that this was all. */
  isWhole: boolean;
}

export function newTokenCount(): TokenCount {
  return { usage: null, longWrittenTokens: 0, textBytes: 0, isWhole: false };
}

/** usageSeen is at least what was used: services tell the output of an answer at its end only. */
export function usageSeen(
  { usage, textBytes, isWhole }: TokenCount,
  inputTokens: number,
): ModelUsage {
  const known = usage ?? { ...NO_USAGE, inputTokens };
  if (isWhole && usage) return known;
  const written = Math.ceil(textBytes / BYTES_PER_TOKEN);
  return { ...known, outputTokens: Math.max(known.outputTokens, written) };
}
