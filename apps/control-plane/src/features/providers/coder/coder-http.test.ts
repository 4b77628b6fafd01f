import { once } from 'node:events';
import { createServer } from 'node:https';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createCertificate } from '@spt-flow/tunnel/testing/certificate';
import { createCoderHttp, type CoderHttp } from './coder-http.ts';

const { cert, key } = createCertificate();
let close: (() => Promise<void>) | undefined;

afterEach(() => close?.());

/** Asks an https server that answers so. */
async function asking(
  listener: RequestListener,
  { ca = cert, token = 'secret-token' }: { ca?: string | null; token?: string } = {},
): Promise<CoderHttp> {
  const server = createServer({ cert, key }, listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const { port } = server.address() as AddressInfo;
  return createCoderHttp({
    ...{ url: `https://127.0.0.1:${port}/coder`, ca, organization: 'default' },
    readToken: async () => token,
  });
}

const GET = { method: 'GET', path: 'users/me' } as const;

describe('createCoderHttp', () => {
  it('asks below the path of the server, as the account, trusting the authority it is told', async () => {
    const http = await asking((request, response) =>
      response.end(JSON.stringify([request.url, request.headers['coder-session-token']])),
    );

    expect(await http(GET)).toEqual(['/coder/api/v2/users/me', 'secret-token']);
  });

  it.each([
    [410, 'not_found', 'Coder does not have it: gone; for good'],
    [401, 'coder_access_lost', 'Coder does not accept the token of spt-flow: gone; for good'],
    [
      403,
      'coder_access_lost',
      'Coder does not let the account of spt-flow do this: gone; for good',
    ],
    [409, 'coder_refused', 'Coder refuses this: gone; for good'],
    [302, 'coder_refused', 'Coder refuses this: gone; for good'],
    [503, 'engine_unavailable', 'Coder fails: gone; for good'],
  ])('words the status %d', async (status, code, message) => {
    const http = await asking((_request, response) =>
      response
        .writeHead(status, { location: 'https://elsewhere.example' })
        .end('{"message":"gone.","detail":"for good"}'),
    );

    await expect(http(GET)).rejects.toMatchObject({ code, message });
  });

  it('waits as long as it is told by a limit, and gives up in the end', async () => {
    let asked = 0;
    const http = await asking((_request, response) => {
      asked += 1;
      response.writeHead(429, { 'retry-after': '0' }).end('<p>slow down</p>');
    });

    await expect(http(GET)).rejects.toMatchObject({ code: 'engine_unavailable' });
    expect(asked).toBe(5);
  });

  it('takes nothing else for Coder, and no certificate that nobody vouches for', async () => {
    const http = await asking((_request, response) => response.end('<p>welcome</p>'));
    await expect(http(GET)).rejects.toMatchObject({
      message: expect.stringContaining('what answers there is not Coder'),
    });
    await close?.();

    const strict = await asking((_request, response) => response.end('{}'), { ca: null });
    await expect(strict(GET)).rejects.toMatchObject({
      code: 'engine_unavailable',
      message: expect.stringContaining('self-signed certificate'),
    });
  });

  it('keeps what the token is to itself', async () => {
    const http = await asking(() => undefined, { token: 'two\nlines-of-a-secret' });

    const error: unknown = await http(GET).catch((cause: unknown) => cause);

    expect(error).toMatchObject({ code: 'coder_access_lost' });
    expect(String(error)).not.toContain('secret');
  });
});
