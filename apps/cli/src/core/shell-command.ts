/** READY_MARK separates what the terminal echoed before it was quiet from what the command prints. */
export const READY_MARK = 0x1e;

/** shellCommand makes one text of the words after `--`; a single word is shell text as it stands. */
export function shellCommand(words: readonly string[]): string {
  const [only] = words;
  return words.length === 1 && only !== undefined ? only : words.map(quote).join(' ');
}

/** pipedCommand lets bytes pass the terminal as they are: no echo, no carriage returns added. */
export function pipedCommand(command: string): string {
  return `stty -echo -opost 2>/dev/null; printf '\\036'; ${command}`;
}

/** PIPED_SHELL reads a script from the pipe without the prompts of a terminal. */
export const PIPED_SHELL = 'cat | "${SHELL:-sh}"';

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
