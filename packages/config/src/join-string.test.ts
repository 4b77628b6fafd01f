import { describe, expect, it } from 'vitest';
import { decodeJoinString, encodeJoinString, JoinStringError } from './join-string.ts';

const DETAILS = {
  url: 'https://flow.example.com',
  serverKey: 'A'.repeat(43),
  token: `sptf_join_${'t'.repeat(43)}`,
  channelBinding: 'none',
} as const;

describe('a join string', () => {
  it('carries everything, as one word without anything that a shell would see', () => {
    const text = encodeJoinString(DETAILS);

    expect(text).toMatch(/^sptf_server_[A-Za-z0-9_-]+$/);
    expect(decodeJoinString(`  ${text}\n`)).toEqual(DETAILS);
  });

  it.each([
    ['nothing', ''],
    ['another secret', DETAILS.token],
    ['only its start', encodeJoinString(DETAILS).slice(0, 60)],
    ['no document', 'sptf_server_%%%'],
    [
      'a document of somebody else',
      `sptf_server_${Buffer.from('["https://a",1]').toString('base64url')}`,
    ],
    ['no web address', encodeJoinString({ ...DETAILS, url: 'file:///etc' })],
    ['a key that is none', encodeJoinString({ ...DETAILS, serverKey: 'short' })],
  ])('that is %s is refused without being repeated', (_what, text) => {
    expect(() => decodeJoinString(text)).toThrow(JoinStringError);
    expect(() => decodeJoinString(text)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('tttt') }),
    );
  });
});
