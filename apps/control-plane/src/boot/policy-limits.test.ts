import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AppError } from '@spt-flow/shared/domain/errors';
import { afterAll, describe, expect, it } from 'vitest';
import { loadPolicyLimits } from './policy-limits.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'spt-policy-limits-'));
const file = path.join(directory, 'limits.json');
afterAll(() => rmSync(directory, { recursive: true }));

describe('a file of the operator with limits', () => {
  it('is read', () => {
    writeFileSync(file, '{"workspace":{"max_memory":"4Gi","egress_hosts":["*.example.com"]}}');

    expect(loadPolicyLimits(file)).toEqual({
      workspace: { max_memory: '4Gi', egress_hosts: ['*.example.com'] },
    });
  });

  it('need not be', () => {
    expect(loadPolicyLimits(undefined)).toEqual({});
  });

  it.each([
    ['is no JSON', '{', 'JSON'],
    ['names a limit that there is not', '{"workspace":{"max_cpu":1}}', 'max_cpu'],
    ['has a quantity that is none', '{"workspace":{"max_memory":"much"}}', 'workspace.max_memory'],
    ['has a size that there is not', '{"workspace":{"sizes":["huge"]}}', 'workspace.sizes.0'],
  ])('that %s keeps the control plane from starting', (_what, text, says) => {
    writeFileSync(file, text);

    expect(() => loadPolicyLimits(file)).toThrow(AppError);
    expect(() => loadPolicyLimits(file)).toThrow(says);
  });

  it('that is missing keeps the control plane from starting', () => {
    expect(() => loadPolicyLimits(path.join(directory, 'nowhere.json'))).toThrow('--policy-data');
  });
});
