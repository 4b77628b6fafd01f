import { PassThrough } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { TunnelError, type TunnelStream } from '@spt-flow/tunnel/types';
import { relayStream } from './relay-stream.ts';

/** What JSON.parse reads, and JSON.stringify does not write. */
function nested(): unknown {
  return JSON.parse('['.repeat(200_000) + ']'.repeat(200_000));
}

/** One end of a stream whose other end said this. */
function streamOf(said: { response?: unknown; trailers?: unknown }) {
  const encode = (value: unknown) => void JSON.stringify(value);
  const stream = Object.assign(new PassThrough(), {
    ...{ streamId: 1, head: {}, respond: encode, endWith: encode },
    response: Promise.resolve(said.response),
    trailers: Promise.resolve(said.trailers),
    reset: vi.fn((code: string) => void stream.destroy(new TunnelError(code))),
  });
  stream.on('error', () => undefined);
  return stream satisfies TunnelStream;
}

it.each([
  ['answer', { response: nested() }],
  ['end', { response: {}, trailers: nested() }],
])('resets both ends when the %s of an agent cannot be told', async (_what, said) => {
  const asked = streamOf({});
  const answering = streamOf(said);
  relayStream(asked, answering);
  answering.end();

  await vi.waitFor(() =>
    expect(asked.reset).toHaveBeenCalledWith('bad_request', expect.anything()),
  );
  expect(answering.destroyed).toBe(true);
});
