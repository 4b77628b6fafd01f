import type { SavedPrompt } from '@spt-flow/shared/api/prompts';

const SHOWN = 6;

/** promptQuery is what was typed after "/" at the beginning of an otherwise empty message; undefined for other texts. */
export function promptQuery(text: string): string | undefined {
  return /^\/([^\n]{0,60})$/.exec(text)?.[1]?.toLowerCase();
}

/** promptMatches are the prompts that a query could mean: those whose name begins with it come first. */
export function promptMatches(prompts: readonly SavedPrompt[], query: string): SavedPrompt[] {
  const found = prompts.filter(({ name }) => name.toLowerCase().includes(query));
  const begins = (prompt: SavedPrompt): number =>
    prompt.name.toLowerCase().startsWith(query) ? 0 : 1;
  return found.toSorted((a, b) => begins(a) - begins(b)).slice(0, SHOWN);
}
