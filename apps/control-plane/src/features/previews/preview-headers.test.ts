import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { answerHeaders, requestHead } from './preview-headers.ts';

function headOf(rawHeaders: readonly string[], url = '/'): string[] | undefined {
  const request = new IncomingMessage(new Socket());
  Object.assign(request, { method: 'GET', url, rawHeaders });
  for (let index = 0; index < rawHeaders.length; index += 2)
    request.headers[(rawHeaders[index] ?? '').toLowerCase()] ??= rawHeaders[index + 1];
  return requestHead(request, { forwarding: 'X-Forwarded-For: ::1\r\n' })?.split('\r\n');
}

describe('what an app hears of a request', () => {
  it.each([
    ['the session of the dashboard', ['Cookie', 'spt_flow_preview=a'], []],
    [
      'only its own cookies',
      ['Cookie', 'a=1; __Host-spt_flow_preview=x; spt_flow_mine=2'],
      ['Cookie: a=1; spt_flow_mine=2'],
    ],
    ['no token of the control plane', ['Authorization', 'Bearer sptf_secret'], []],
    ['its own tokens', ['Authorization', 'Bearer abc'], ['Authorization: Bearer abc']],
    ['nothing between two neighbours', ['TE', 'trailers', 'Keep-Alive', 'timeout=5'], []],
    ['nothing that the connection names', ['Connection', 'close, X-Hop', 'X-Hop', 'a'], []],
    [
      'where the request ends, whatever the connection names',
      ['Connection', 'content-length', 'Content-Length', '3'],
      ['Content-Length: 3'],
    ],
    ['no forwarding that the visitor made up', ['X-Forwarded-Host', 'evil.example'], []],
    ['none that is spelled as CGI does', ['X_Forwarded_For', '10.0.0.1', 'X_REAL-IP', 'x'], []],
    ['nor of any other kind', ['Forwarded', 'for=10.0.0.1', 'X-Forwarded-Prefix', '/x'], []],
    ['no proxy for what it asks itself', ['Proxy', 'http://evil.example'], []],
    ['no second host', ['host', 'evil.example', 'HOST', 'shop.preview.localhost'], []],
    ['its own names with underscores', ['my_name', 'a'], ['my_name: a']],
  ])('%s', (_name, headers, expected) => {
    const lines = headOf(['Host', 'shop.preview.localhost', ...headers]) ?? [];

    expect(lines.slice(1)).toEqual([
      'Host: shop.preview.localhost',
      ...expected,
      ...['X-Forwarded-For: ::1', '', ''],
    ]);
  });

  it.each([
    ['/a?b=c', 'GET /a?b=c HTTP/1.1'],
    ['http://shop.preview.localhost/a', 'GET /a HTTP/1.1'],
    ['HTTPS://shop.preview.localhost', 'GET / HTTP/1.1'],
    ['/a b', undefined],
    ['/ä', undefined],
    ['/a\r\nX: y', undefined],
  ])('of the address %j is %j', (url, line) => {
    expect(headOf([], url)?.[0]).toBe(line);
  });
});

describe('what a browser hears of an answer', () => {
  it('are cookies for this host alone, and none of ours', () => {
    const ours = [
      'spt_flow_preview=evil',
      '=spt_flow_preview=evil',
      'spt_flow_preview_secret; a=b',
    ];
    const cookies = ['a=1; Domain=.localhost; Path=/', 'b=2;domain = x', ...ours];
    const headers = cookies.flatMap((cookie) => ['Set-Cookie', cookie]);

    expect(answerHeaders(headers)).toEqual(['Set-Cookie', 'a=1; Path=/', 'Set-Cookie', 'b=2']);
  });

  it.each([
    ['"cookies", "storage"', ['"storage"']],
    ['"cookies"', []],
    ['"*"', ['"cache", "storage", "executionContexts"']],
  ])('is no order to forget what others keep: %s', (asked, expected) => {
    const kept = answerHeaders(['Clear-Site-Data', asked]);

    expect(kept.filter((_value, index) => index % 2 === 1)).toEqual(expected);
  });

  it('is nothing between two neighbours', () => {
    const headers = ['Transfer-Encoding', 'chunked', 'X-Hop', '1', 'ETag', '"a"'];

    expect(answerHeaders(headers, 'close, x-hop')).toEqual(['ETag', '"a"']);
  });
});
