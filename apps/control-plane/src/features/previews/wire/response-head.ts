/** ResponseHead is the head of an answer: headers as a flat list, because repeated ones must stay repeated. */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly string[];
  readonly framing: Framing;
  /** The value of the header, which may name others that are not to be passed on. */
  readonly connection: string | undefined;
  /** The connection may carry another request afterwards. */
  readonly keepsAlive: boolean;
}

/** How the end of the body is told: a length, chunks, or the end of the connection. */
export type Framing = number | 'chunked' | 'close';

/** AnswerError says that what an app sent is no HTTP that one could pass on safely. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** parseResponseHead reads the lines up to the empty one; whatever could be read in two ways is refused. */
export function parseResponseHead(text: string, isHead: boolean): ResponseHead {
  const lines = text.split('\r\n');
  const start = STATUS_LINE.exec(lines[0] ?? '');
  if (!start) throw new AnswerError('The status line is not HTTP/1');
  const [, minor = '1', digits = '', reason = ''] = start;
  const headers: string[] = [];
  const special: Special = { lengths: [], codings: [], connection: [] };
  for (let index = 1; index < lines.length; index += 1)
    readHeader(lines[index] ?? '', headers, special);
  const status = Number(digits);
  return {
    ...{ status, reason, headers },
    connection: special.connection.length > 0 ? special.connection.join(',') : undefined,
    framing: framingOf(special, isHead || isBodyless(status)),
    keepsAlive: keepsAlive(special.connection, minor),
  };
}

interface Special {
  readonly lengths: string[];
  readonly codings: string[];
  readonly connection: string[];
}

function readHeader(line: string, headers: string[], special: Special): void {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon);
  const value = withoutSpace(line, colon + 1);
  if (colon <= 0 || !NAME.test(name) || !VALUE.test(value))
    throw new AnswerError('A header is not valid');
  headers.push(name, value);
  switch (name.toLowerCase()) {
    case 'content-length':
      special.lengths.push(value);
      break;
    case 'transfer-encoding':
      special.codings.push(value);
      break;
    case 'connection':
      special.connection.push(
        ...value
          .toLowerCase()
          .split(',')
          .map((part) => part.trim()),
      );
      break;
    default:
  }
}

/** Of spaces and tabs only: a carriage return is no space, and would be another line to somebody else. */
function withoutSpace(line: string, from: number): string {
  let start = from;
  let end = line.length;
  while (start < end && isSpace(line.charCodeAt(start))) start += 1;
  while (end > start && isSpace(line.charCodeAt(end - 1))) end -= 1;
  return line.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function framingOf({ lengths, codings }: Special, isBodyless: boolean): Framing {
  if (lengths.length + codings.length > 1)
    throw new AnswerError('The length of the body is told twice');
  const [length] = lengths;
  const [coding] = codings;
  if (length !== undefined && !/^\d{1,15}$/.test(length))
    throw new AnswerError('The length of the body is no number');
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    throw new AnswerError('The transfer coding is unknown');
  if (isBodyless) return 0;
  if (coding !== undefined) return 'chunked';
  return length === undefined ? 'close' : Number(length);
}

function isBodyless(status: number): boolean {
  return status < 200 || status === 204 || status === 304;
}

function keepsAlive(connection: readonly string[], minor: string): boolean {
  return minor === '1' ? !connection.includes('close') : connection.includes('keep-alive');
}
