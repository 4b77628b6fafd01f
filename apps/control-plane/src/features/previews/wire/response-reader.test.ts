import { Agent, request } from 'node:http';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerError } from './response-head.ts';
import { ResponseReader } from './response-reader.ts';

interface Read {
  readonly status: number | undefined;
  readonly headers: readonly string[];
  readonly body: string;
  readonly ended: boolean;
  readonly failed: boolean;
  readonly isReusable: boolean;
  /** Bytes after the head of an answer that switched protocols. */
  readonly rest: string | undefined;
}

/** Feeds the pieces, and the end of the connection where it matters. */
function read(pieces: readonly (Buffer | string)[], { isHead = false, closes = false } = {}): Read {
  const reader = new ResponseReader();
  let status: number | undefined;
  let headers: readonly string[] = [];
  let rest: Buffer | undefined;
  let ends = 0;
  let failed = false;
  const body: Buffer[] = [];
  reader.expect(
    {
      onHead: (head) => ([status, headers] = [head.status, head.headers]),
      onData: (data) => void body.push(data),
      onEnd(last) {
        if (last) body.push(last);
        ends += 1;
      },
    },
    isHead,
  );
  try {
    for (const piece of pieces) {
      const after = reader.feed(Buffer.from(piece as string, 'latin1'));
      if (after) rest = Buffer.concat([rest ?? Buffer.alloc(0), after]);
    }
    if (closes) reader.end();
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    failed = true;
  }
  if (ends > 1) throw new Error('It ended twice');
  return {
    ...{ status, headers, failed },
    body: Buffer.concat(body).toString('latin1'),
    ended: ends === 1,
    isReusable: reader.isReusable,
    rest: rest?.toString('latin1'),
  };
}

const OK = 'HTTP/1.1 200 OK\r\n';

describe('the reader of answers', () => {
  it.each([
    ['a length', `${OK}Content-Length: 5\r\n\r\nhello`, 'hello', true],
    ['no body', `${OK}Content-Length: 0\r\n\r\n`, '', true],
    ['chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`, 'hello', true],
    [
      'chunks with extensions and trailers',
      `${OK}transfer-encoding: Chunked\r\n\r\n5;a="b"\r\nhello\r\n1 ;c\r\n!\r\n0\r\nX-Sum: 1\r\n\r\n`,
      'hello!',
      true,
    ],
    ['status 204', 'HTTP/1.1 204 No Content\r\n\r\n', '', true],
    ['status 304 with a length', 'HTTP/1.1 304 OK\r\nContent-Length: 9\r\n\r\n', '', true],
    ['no reason', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', '', true],
    [
      'hints before it',
      `HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n${OK}Content-Length: 1\r\n\r\nx`,
      'x',
      true,
    ],
    ['a wish to close', `${OK}Connection: close\r\nContent-Length: 1\r\n\r\nx`, 'x', false],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx', 'x', false],
    [
      'HTTP/1.0 that stays',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx',
      'x',
      true,
    ],
    ['more than it said', `${OK}Content-Length: 1\r\n\r\nxy`, 'x', false],
    ['a body where none may be', 'HTTP/1.1 204 OK\r\n\r\nbody', '', false],
  ])('understands %s', (_name, bytes, body, isReusable) => {
    expect(read([bytes])).toMatchObject({ body, ended: true, failed: false, isReusable });
  });
});

describe('the reader of unusual answers', () => {
  it('takes the end of the connection for the end of a body without a length', () => {
    const bytes = `${OK}\r\nhel`;

    expect(read([bytes, 'lo'])).toMatchObject({ body: 'hello', ended: false, failed: false });
    expect(read([bytes, 'lo'], { closes: true })).toMatchObject({
      body: 'hello',
      ended: true,
      isReusable: false,
    });
  });

  it('expects no body of an answer to HEAD', () => {
    expect(read([`${OK}Content-Length: 100\r\n\r\n`], { isHead: true })).toMatchObject({
      ended: true,
      isReusable: true,
    });
  });

  it('hands over what comes after a switch of protocols', () => {
    const switched = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n';

    expect(read([`${switched}\x81\x00`, 'more'])).toMatchObject({
      status: 101,
      rest: '\x81\x00more',
      ended: false,
    });
  });

  it.each([
    ['no HTTP at all', 'garbage\r\n\r\n'],
    ['another version', 'HTTP/2 200 OK\r\n\r\n'],
    ['a lone line feed', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
    ['a carriage return in a value', `${OK}X: a\rSet-Cookie: b\r\n\r\n`],
    ['a zero byte in a value', `${OK}X: a\0b\r\n\r\n`],
    ['a folded header', `${OK}X: a\r\n b\r\n\r\n`],
    ['a header without a name', `${OK}: a\r\n\r\n`],
    ['a space before the colon', `${OK}Content-Length : 5\r\n\r\nhello`],
    ['two lengths', `${OK}Content-Length: 1\r\nContent-Length: 5\r\n\r\nhello`],
    ['two equal lengths', `${OK}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`],
    ['a list of lengths', `${OK}Content-Length: 5, 5\r\n\r\nhello`],
    ['a length with a sign', `${OK}Content-Length: +5\r\n\r\nhello`],
    [
      'a length and chunks',
      `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a coding beside chunks', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['a coding that is not known', `${OK}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['a chunk size that is no number', `${OK}Transfer-Encoding: chunked\r\n\r\nx\r\n\r\n`],
    [
      'a chunk size with a prefix',
      `${OK}Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n`,
    ],
    ['a chunk size that is too large', `${OK}Transfer-Encoding: chunked\r\n\r\nfffffffffffff\r\n`],
    [
      'a chunk that is longer than it says',
      `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n`,
    ],
    ['a chunk line without an end', `${OK}Transfer-Encoding: chunked\r\n\r\n${'0'.repeat(5_000)}`],
    [
      'endless trailers',
      `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n${'X: y\r\n'.repeat(5_000)}\r\n`,
    ],
    ['hints without an answer', 'HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n'.repeat(33)],
    ['a head without an end', `${OK}X: ${'y'.repeat(70_000)}`],
    ['a head that is too long', `${OK}X: ${'y'.repeat(70_000)}\r\n\r\n`],
  ])('refuses %s', (_name, bytes) => {
    expect(read([bytes])).toMatchObject({ failed: true, ended: false });
  });

  it.each([
    ['head', 'HTTP/1.1 200 OK\r\nContent-'],
    ['body', `${OK}Content-Length: 5\r\n\r\nhel`],
    ['chunk', `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhel`],
    ['list of chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`],
  ])('notices a %s that breaks off', (_name, bytes) => {
    expect(read([bytes], { closes: true })).toMatchObject({ failed: true, ended: false });
  });

  it('reads one answer after the other', () => {
    const reader = new ResponseReader();
    const bodies: string[] = [];
    const ask = () =>
      reader.expect(
        {
          onHead: () => undefined,
          onData: () => undefined,
          onEnd: (last) => void bodies.push(String(last)),
        },
        false,
      );
    for (const body of ['a', 'b']) {
      ask();
      reader.feed(Buffer.from(`${OK}Content-Length: 1\r\n\r\n${body}`));
    }

    expect(bodies).toEqual(['a', 'b']);
  });

  it('does not go on after bytes that nobody asked for', () => {
    const reader = new ResponseReader();
    reader.feed(Buffer.from('HTTP/1.1 200 OK\r\n'));

    expect(reader.isReusable).toBe(false);
  });
});

const anyBody = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 });

/** A whole answer in one of the three framings, with the body that it holds. */
const anyAnswer = fc
  .tuple(anyBody, fc.constantFrom('length', 'chunked', 'close'), fc.integer({ min: 200, max: 599 }))
  .filter(([, , status]) => status !== 204 && status !== 304)
  .map(([parts, framing, status]) => {
    const bodies = parts.map((part) => Buffer.from(part));
    const body = Buffer.concat(bodies);
    const head = `HTTP/1.1 ${status} Any\r\nX-One: 1\r\n`;
    const bytes = {
      length: [`${head}Content-Length: ${body.length}\r\n\r\n`, body],
      close: [`${head}\r\n`, body],
      chunked: [
        `${head}Transfer-Encoding: chunked\r\n\r\n`,
        ...bodies.flatMap((part) => [`${part.length.toString(16)}\r\n`, part, '\r\n']),
        '0\r\n\r\n',
      ],
    }[framing] as (string | Buffer)[];
    return {
      ...{ status, body: body.toString('latin1'), closes: framing === 'close' },
      bytes: Buffer.concat(bytes.map((part) => Buffer.from(part as string, 'latin1'))),
    };
  });

function split(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
    (a, b) => a - b,
  );
  return [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length));
}

describe('any answer', () => {
  it('is read alike however it is cut into pieces', () => {
    fc.assert(
      fc.property(anyAnswer, fc.array(fc.nat()), ({ status, body, bytes, closes }, places) => {
        expect(read(split(bytes, places), { closes })).toMatchObject({
          ...{ status, body },
          ended: true,
          failed: false,
        });
      }),
    );
  });

  it('that is damaged is refused, or is understood as Node understands it', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyAnswer,
        fc.array(fc.tuple(fc.nat(), fc.constantFrom('\r', '\n', '\0', ':', ' ', '0', 'x', '')), {
          minLength: 1,
          maxLength: 3,
        }),
        async ({ bytes }, damages) => {
          const damaged = damages.reduce((text, [place, insert]) => {
            const at = place % text.length;
            return text.slice(0, at) + insert + text.slice(insert === '' ? at + 1 : at);
          }, bytes.toString('latin1'));
          const open = read([damaged]);
          const ours = open.ended ? open : read([damaged], { closes: true });
          // Node takes what comes after an answer for a failure of the answer.
          const hasMore = open.ended && !open.isReusable;
          if (ours.failed || !ours.ended || hasMore) return;

          const theirs = await readWithNode(damaged);

          expect(theirs).toEqual({ status: ours.status, body: ours.body });
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** What Node's own client makes of the same bytes. */
function readWithNode(bytes: string): Promise<{ status: number; body: string } | string> {
  return new Promise((resolve) => {
    const stream = new Duplex({
      read: () => undefined,
      write: (_chunk, _encoding, done) => {
        stream.push(Buffer.from(bytes, 'latin1'));
        stream.push(null);
        done();
      },
    });
    const agent = new Agent();
    agent.createConnection = () => stream;
    const asked = request({ agent });
    asked.on('error', (error) => resolve(error.message));
    asked.on('response', (answer) => {
      let body = '';
      answer.setEncoding('latin1').on('data', (text: string) => (body += text));
      answer.on('error', (error) => resolve(error.message));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    asked.end();
  });
}
