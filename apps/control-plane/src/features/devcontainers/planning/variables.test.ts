import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shownEnvironment, substitute, type Variables } from './variables.ts';

const VARIABLES: Variables = {
  localEnv: { LANG: 'C.UTF-8', EMPTY: '' },
  containerEnv: { PATH: '/usr/bin', NESTED: '${localEnv:LANG}' },
  localWorkspaceFolder: '/workspaces/shop',
  containerWorkspaceFolder: '/src/app',
  devcontainerId: 'abc123',
};

describe('variables of a devcontainer.json', () => {
  it.each([
    ['${localEnv:LANG}', 'C.UTF-8'],
    ['${env:LANG}', 'C.UTF-8'],
    ['${localEnv:MISSING}', ''],
    ['${localEnv:MISSING:else}', 'else'],
    ['${localEnv:MISSING:http://a:1}', 'http://a:1'],
    ['${localEnv:EMPTY:else}', ''],
    ['${containerEnv:PATH}:/opt/bin', '/usr/bin:/opt/bin'],
    ['${containerEnv:MISSING:x}', 'x'],
    ['${localWorkspaceFolder}|${localWorkspaceFolderBasename}', '/workspaces/shop|shop'],
    ['${containerWorkspaceFolder}|${containerWorkspaceFolderBasename}', '/src/app|app'],
    ['cache-${devcontainerId}', 'cache-abc123'],
    ['${HOME} $HOME ${unknown:x}', '${HOME} $HOME ${unknown:x}'],
  ])('%s is %s', (text, expected) => {
    expect(substitute(text, VARIABLES)).toBe(expected);
  });

  it('stay where they are not known yet', () => {
    const early = { ...VARIABLES, containerEnv: undefined, containerWorkspaceFolder: undefined };

    const text = '${containerEnv:PATH} ${containerWorkspaceFolder} ${localEnv:LANG}';

    expect(substitute(text, early)).toBe(
      '${containerEnv:PATH} ${containerWorkspaceFolder} C.UTF-8',
    );
  });

  it('are replaced once: a value that looks like a variable stays as it is', () => {
    expect(substitute('${containerEnv:NESTED}', VARIABLES)).toBe('${localEnv:LANG}');
  });

  it('leave everything else of any value untouched', () => {
    const plain = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('${'));
    fc.assert(
      fc.property(plain, (value) => {
        expect(substitute(value, VARIABLES)).toEqual(value);
      }),
    );
  });

  it('are found in every text, however deep', () => {
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constant<unknown>('<${devcontainerId}>'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('tree'), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const expected = JSON.stringify(value).replaceAll('<${devcontainerId}>', '<abc123>');
        expect(JSON.stringify(substitute(value, VARIABLES))).toBe(expected);
      }),
    );
  });

  it('show nothing of the control plane but its language and time zone', () => {
    const hidden = fc
      .stringMatching(/^[A-Z_]{1,20}$/)
      .filter((name) => !['LANG', 'LC_ALL', 'TZ'].includes(name));
    fc.assert(
      fc.property(hidden, fc.string({ minLength: 1 }), (name, secret) => {
        const localEnv = shownEnvironment({ [name]: secret, TZ: 'UTC' });
        const shown = substitute(`\${localEnv:${name}}\${localEnv:TZ}`, { ...VARIABLES, localEnv });
        expect(shown).toBe('UTC');
      }),
    );
  });
});
