import { describe, expect, it } from 'vitest';
import { chooseRelease } from './choose-release.ts';
import type { ReleaseTarget } from './release-target.ts';

function target(
  version: string,
  sequence: number,
  rest: Partial<ReleaseTarget> = {},
): ReleaseTarget {
  const platform = rest.platform ?? 'linux-x64';
  return {
    ...{ product: 'agent', version, sequence, platform, returnsTo: [], oldestFrom: '0.1.0' },
    ...{ path: `${version}/spt-flow-agent-${platform}`, lengthBytes: 1, sha256: 'a'.repeat(64) },
    ...rest,
  };
}

const TARGETS = [
  target('0.1.0', 1),
  target('0.2.0', 2, { returnsTo: ['0.1.0'] }),
  target('0.3.0', 3),
  target('0.4.0', 4, { platform: 'linux-arm64' }),
  target('0.5.0', 5, { oldestFrom: '0.3.0' }),
];

function choose(
  from: string,
  to: string,
  { sequence, targets = TARGETS }: { sequence?: number; targets?: ReleaseTarget[] } = {},
) {
  const installed = { version: from, sequence };
  return chooseRelease(targets, { version: to, platform: 'linux-x64', installed }).version;
}
function fault(code: string): unknown {
  return expect.objectContaining({ fault: code });
}

describe('a release is chosen', () => {
  it('forward, and back where the present one was signed to permit it', () => {
    expect(choose('0.1.0', '0.3.0')).toBe('0.3.0');
    expect(choose('0.2.0', '0.1.0')).toBe('0.1.0');
  });

  it('by the counter that was signed, not by its number', () => {
    const again = [...TARGETS.slice(1), target('0.1.0', 9)];
    expect(choose('0.3.0', '0.1.0', { sequence: 3, targets: again })).toBe('0.1.0');
    expect(() => choose('0.1.0', '0.2.0', { sequence: 9, targets: again })).toThrow(
      fault('downgrade'),
    );
  });

  it.each([
    ['0.3.0', '0.1.0', 'downgrade'],
    ['0.9.0', '0.3.0', 'downgrade'],
    ['0.1.0', '0.4.0', 'wrong_platform'],
    ['0.1.0', '0.6.0', 'unknown_version'],
    ['0.2.0', '0.5.0', 'too_old'],
  ])('from %s not %s: %s', (from, to, code) => {
    expect(() => choose(from, to)).toThrow(fault(code));
  });
});
