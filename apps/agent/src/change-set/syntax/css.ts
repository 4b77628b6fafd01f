import { ParseErrorMessage, TokenType, tokenizer, type CSSToken } from '@csstools/css-tokenizer';
import type { SyntaxProblem } from './staged-file.ts';
import { complaintAt } from './complaint.ts';

/** After these, browsers take something else for the rest of a file than what was meant. */
const FATAL = new Map([
  [ParseErrorMessage.UnexpectedEOFInComment, 'Comment is never closed'],
  [ParseErrorMessage.UnexpectedEOFInString, 'String is never closed'],
  [ParseErrorMessage.UnexpectedNewLineInString, 'String is not closed on its line'],
]);

const CLOSING = new Map<string, string>([
  [TokenType.OpenCurly, TokenType.CloseCurly],
  [TokenType.OpenParen, TokenType.CloseParen],
  [TokenType.Function, TokenType.CloseParen],
  [TokenType.OpenSquare, TokenType.CloseSquare],
]);

class CssError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/**
 * Brackets, strings and comments, and a forgotten semicolon between two lines. Whether names and values
 * are known is not asked: that grows with every browser, and an unknown one costs its own line only.
 */
export function checkCss(source: string): SyntaxProblem {
  try {
    readTokens(source);
    return undefined;
  } catch (error) {
    if (!(error instanceof CssError)) throw error;
    return complaintAt(source, error.offset, error.message);
  }
}

function readTokens(css: string): void {
  const { nextToken } = tokenizer({ css }, { onParseError: refuseFatal });
  const open: CSSToken[] = [];
  const statement = new Statement();
  for (let token = nextToken(); token[0] !== TokenType.EOF; token = nextToken()) {
    statement.take(token, open);
    if (CLOSING.has(token[0])) open.push(token);
    else if (isClosing(token)) close(token, open);
  }
  const [last] = open.slice(-1);
  if (last) throw new CssError(`'${last[1]}' is never closed`, last[2]);
}

function refuseFatal(error: { message: string; sourceStart: number }): void {
  const message = FATAL.get(error.message);
  if (message !== undefined) throw new CssError(message, error.sourceStart);
}

function isClosing([type]: CSSToken): boolean {
  return (
    type === TokenType.CloseCurly || type === TokenType.CloseParen || type === TokenType.CloseSquare
  );
}

function close(token: CSSToken, open: CSSToken[]): void {
  const last = open.pop();
  if (!last) throw new CssError(`Unexpected '${token[1]}'`, token[2]);
  if (CLOSING.get(last[0]) !== token[0])
    throw new CssError(`'${last[1]}' is not closed before '${token[1]}'`, last[2]);
}

/** The declaration that is being read: `name: value` in which another line begins with `name:`. */
class Statement {
  #name: CSSToken | undefined;
  #isDeclaration = false;
  #onNewLine = false;
  /** The first word of a later line, and a colon after it. */
  #word: CSSToken | undefined;
  #suspect: CSSToken | undefined;
  #isEmpty = true;

  take(token: CSSToken, open: readonly CSSToken[]): void {
    const [type] = token;
    if (type === TokenType.OpenCurly) return this.#begin();
    if (type === TokenType.CloseCurly) return this.#end();
    if (open.at(-1)?.[0] !== TokenType.OpenCurly || type === TokenType.Comment) return;
    if (type === TokenType.Semicolon) return this.#end();
    if (type === TokenType.Whitespace) {
      this.#onNewLine ||= /[\n\r\f]/.test(token[1]);
      return;
    }
    if (type === TokenType.Colon) this.#colon();
    else this.#other(token);
    this.#onNewLine = false;
    this.#isEmpty = false;
  }

  #begin(): void {
    this.#name = this.#word = this.#suspect = undefined;
    this.#isDeclaration = this.#onNewLine = false;
    this.#isEmpty = true;
  }

  /** Only here it is known that this was no selector. */
  #end(): void {
    const suspect = this.#suspect;
    if (suspect) throw new CssError(`Expected ';' before '${suspect[1]}'`, suspect[2]);
    this.#begin();
  }

  #colon(): void {
    if (this.#isDeclaration) this.#suspect ??= this.#word;
    else this.#isDeclaration = this.#name !== undefined;
  }

  #other(token: CSSToken): void {
    const isWord = token[0] === TokenType.Ident;
    if (this.#isEmpty && isWord && !token[1].startsWith('--')) this.#name = token;
    else if (!this.#isDeclaration) this.#name = undefined;
    this.#word = this.#isDeclaration && isWord && this.#onNewLine ? token : undefined;
  }
}
