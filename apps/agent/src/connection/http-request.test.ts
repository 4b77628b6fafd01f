import { describe, expect, it } from 'vitest';
import { requestHttp, type HttpRequest } from './http-request.ts';

interface Peer {
  /** What it sends once it was asked, in these pieces. */
  readonly pieces: readonly string[];
  readonly staysOpen?: boolean;
  readonly lostBecause?: string;
}

async function ask(peer: Peer, request: HttpRequest = { path: '/agents/v1/hello' }) {
  let asked = '';
  const answer = await requestHttp(
    {
      ...{ url: new URL('http://flow.example:8080/'), proxy: undefined, ca: undefined },
      dial: async (_target, handlers) => ({
        write(parts) {
          asked += Buffer.concat(parts).toString();
          for (const piece of peer.pieces) {
            // Valid during the call only.
            const lent = Buffer.from(piece);
            handlers.onBytes(lent);
            lent.fill(0);
          }
          if (!peer.staysOpen) handlers.onClose(peer.lostBecause);
        },
        ...{ bufferedBytes: 0, end: () => undefined, destroy: () => undefined },
        exportKeyingMaterial: () => undefined,
      }),
    },
    request,
  );
  return { asked, ...answer };
}

const OK = 'HTTP/1.1 200 OK\r\n';

describe('an answer', () => {
  it.each<[string, Peer, string]>([
    [
      'of a known length ends with it',
      { pieces: [`${OK}Content-Length: 5\r\n\r\nhe`, 'llo'], staysOpen: true },
      'hello',
    ],
    ['of no known length ends with the connection', { pieces: [`${OK}\r\nhel`, 'lo'] }, 'hello'],
    [
      'in chunks is put together',
      {
        pieces: [
          `${OK}Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nh`,
          'el\r\n2\r\nl',
          'o\r\n0\r\n\r\n',
        ],
      },
      'hello',
    ],
    [
      'in chunks that is cut off has what came',
      { pieces: [`${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n9\r\nlo`] },
      'hello',
    ],
    [
      'cut anywhere in its head',
      { pieces: ['H', 'TTP/1.1 20', '0 OK\r', '\nX: y\r\n\r', '\nhello'] },
      'hello',
    ],
  ])('%s', async (_name, peer, body) => {
    expect(await ask(peer)).toMatchObject({ status: 200, body });
  });

  it.each<[string, Peer, string]>([
    ['never comes', { pieces: [] }, 'connect_failed'],
    ['ends in its head', { pieces: ['HTTP/1.1 200'] }, 'connect_failed'],
    [
      'was lost on its way',
      { pieces: [`${OK}\r\nhel`], lostBecause: 'reset by peer' },
      'connect_failed',
    ],
    ['is too long', { pieces: [`${OK}\r\n${'x'.repeat(300_000)}`] }, 'http_error'],
  ])('that %s fails', async (_name, peer, code) => {
    await expect(ask(peer)).rejects.toMatchObject({ code });
  });
});

it('what is asked with a body is sent as JSON, with its length in bytes', async () => {
  const { asked } = await ask({ pieces: [`${OK}\r\n`] }, { path: '/join', body: { name: 'é' } });

  expect(asked).toBe(
    'POST /join HTTP/1.1\r\nHost: flow.example:8080\r\nAccept: application/json\r\nConnection: close\r\n' +
      'Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{"name":"é"}',
  );
});
