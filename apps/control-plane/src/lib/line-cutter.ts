export interface LineCutter {
  write(text: string): void;
  /** Tells what is left of a line that was not ended. */
  end(): void;
}

/**
 * createLineCutter tells the lines of a text as it comes, each with its first characters only: what programs of
 * workspaces print may never end a line.
 *
 * INVARIANT: it keeps no more than one line, cut.
 */
export function createLineCutter(
  maxCharacters: number,
  onLine: (line: string) => void,
): LineCutter {
  let line = '';

  function finish(): void {
    const finished = line.replace(/\r$/, '');
    line = '';
    onLine(finished);
  }

  return {
    write(text) {
      text.split('\n').forEach((piece, index) => {
        if (index > 0) finish();
        line += piece.slice(0, maxCharacters - line.length);
      });
    },
    end() {
      if (line !== '') finish();
    },
  };
}
