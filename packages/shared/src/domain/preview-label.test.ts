import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePreviewLabel, portLabel } from './preview-label.ts';
import { SLUG_PATTERN, slugVariant, slugify } from './slug.ts';

describe('parsePreviewLabel', () => {
  it.each([
    ['cafe', { kind: 'app', slug: 'cafe' }],
    ['3000', { kind: 'app', slug: '3000' }],
    ['3000--cafe', { kind: 'port', port: 3000, workspace: 'cafe' }],
    ['65535--a-2', { kind: 'port', port: 65_535, workspace: 'a-2' }],
  ])('reads %s', (label, parsed) => {
    expect(parsePreviewLabel(label)).toEqual(parsed);
  });

  it.each([
    '0--cafe',
    '65536--cafe',
    '03000--cafe',
    '3000---cafe',
    '3000--',
    '--cafe',
    'x--cafe',
    'Cafe',
    'a.b',
    '',
  ])('refuses %j', (label) => {
    expect(parsePreviewLabel(label)).toBeUndefined();
  });

  it('finds every port of every workspace under a name that fits into a host name', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 65_535 }),
        fc.string({ unit: 'grapheme', maxLength: 100 }),
        fc.nat(48),
        (port, title, attempt) => {
          const workspace = slugVariant(slugify(title), attempt);
          const label = portLabel(port, workspace);

          expect(label).toMatch(SLUG_PATTERN);
          expect(parsePreviewLabel(label)).toEqual({ kind: 'port', port, workspace });
        },
      ),
    );
  });
});
