import { describe, expect, it } from 'vitest';
import { MAX_SECRET_BYTES, secretNameFault, secretValueFault } from './secret-name.ts';

describe('secretNameFault', () => {
  it.each(['OPENAI_API_KEY', 'TF_TOKEN_app_terraform_io', '_x1', 'PATH_OF_MINE', 'PORTAL'])(
    'accepts %s',
    (name) => expect(secretNameFault(name)).toBeUndefined(),
  );

  it.each([
    ['PATH', 'the workspace sets it'],
    ['Path', 'the workspace sets it'],
    ['LD_PRELOAD', 'load other code'],
    ['NODE_OPTIONS', 'load other code'],
    ['GIT_SSH_COMMAND', 'git would run'],
    ['SPT_FLOW_SECRET_KEY', 'spt-flow itself'],
    ['PORT', 'its port'],
    ['1A', 'letters, digits'],
    ['A-B', 'letters, digits'],
    ['', 'letters, digits'],
    ['A'.repeat(129), 'longer than 128'],
  ])('refuses %s', (name, reason) => expect(secretNameFault(name)).toContain(reason));
});

describe('secretValueFault', () => {
  it('refuses what no variable can hold', () => {
    expect(secretValueFault('line one\nline two')).toBeUndefined();
    expect(secretValueFault('')).toContain('empty');
    expect(secretValueFault('a\0b')).toContain('NUL');
    expect(secretValueFault('ä'.repeat(MAX_SECRET_BYTES / 2))).toBeUndefined();
    expect(secretValueFault('ä'.repeat(MAX_SECRET_BYTES / 2 + 1))).toContain('the most');
  });
});
