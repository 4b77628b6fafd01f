import { describe, expect, it } from 'vitest';
import { CloneOptionsSchema } from './clone-options.ts';

function accepts(ref: string): boolean {
  return CloneOptionsSchema.safeParse({ ref }).success;
}

describe('the ref of a clone', () => {
  it.each(['main', 'feature/a-b_c', 'v1.2.3', 'a@b', '0123456789abcdef0123456789abcdef01234567'])(
    'may be %s',
    (ref) => expect(accepts(ref)).toBe(true),
  );

  it.each([
    '',
    '-b',
    '--upload-pack=x',
    '/x',
    'x/',
    '.x',
    'a..b',
    'a b',
    'a:b',
    'a~1',
    'x.lock',
    '@{u}',
  ])('may not be %j', (ref) => expect(accepts(ref)).toBe(false));
});
