import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';

/** Terminal is where a person, or a script, runs a command of the agent. */
export interface Terminal {
  /** The result, on the standard output. */
  print(text: string): void;
  /** What goes on meanwhile, on the standard error. */
  tell(text: string): void;
  /** A person can be asked. */
  readonly isInteractive: boolean;
  /** All that is piped in. */
  readInput(): Promise<string>;
  ask(question: string): Promise<string>;
  /** Asks without showing the answer. */
  askSecret(question: string): Promise<string>;
}

export interface TerminalStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** CancelledError: the person has pressed Ctrl-C or Ctrl-D at a question. */
class CancelledError extends Error {
  override readonly name = 'CancelledError';
}

export function createTerminal({ stdin, stdout, stderr }: TerminalStreams): Terminal {
  return {
    print: (line) => void stdout.write(`${line}\n`),
    tell: (line) => void stderr.write(`${line}\n`),
    isInteractive: stdin.isTTY,
    readInput: () => text(stdin),
    async ask(question) {
      const reader = createInterface({ input: stdin, output: stderr });
      const gone = new Promise<never>((_resolve, reject) =>
        reader.once('close', () => reject(new CancelledError('Cancelled'))),
      );
      try {
        return (await Promise.race([reader.question(`${question} `), gone])).trim();
      } finally {
        reader.close();
        gone.catch(() => undefined);
      }
    },
    async askSecret(question) {
      stderr.write(`${question} `);
      stdin.setRawMode(true);
      try {
        return await readLine(stdin);
      } finally {
        stdin.setRawMode(false);
        stdin.pause();
        stderr.write('\n');
      }
    },
  };
}

const INTERRUPT = '\u0003';
const END_OF_INPUT = '\u0004';
const BACKSPACES = new Set(['\b', '\u007f']);

/** Without the terminal's own line editing, which would show what is typed. */
function readLine(stdin: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = '';

    function take(character: string): boolean {
      if (character === '\r' || character === '\n') resolve(line.trim());
      else if (character === INTERRUPT || character === END_OF_INPUT) {
        reject(new CancelledError('Cancelled'));
      } else {
        line = BACKSPACES.has(character) ? line.slice(0, -1) : line + character;
        return false;
      }
      return true;
    }

    function onData(chunk: Buffer): void {
      if (!Array.from(chunk.toString()).some(take)) return;
      stdin.off('data', onData);
    }
    stdin.on('data', onData).resume();
  });
}
