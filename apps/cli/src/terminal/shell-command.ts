/** shellCommand makes one text of the words after `--`; a single word is shell text as it stands. */
export function shellCommand(words: readonly string[]): string {
  const [only] = words;
  return words.length === 1 && only !== undefined ? only : words.map(quote).join(' ');
}

/** PIPED_SHELL runs what comes through the pipe as a script. */
export const PIPED_SHELL = 'exec "${SHELL:-/bin/sh}" -s';

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
