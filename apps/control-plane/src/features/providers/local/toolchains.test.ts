import { describe, expect, it } from 'vitest';
import { findToolchains } from './toolchains.ts';

function find(path: string, options: { nodePath?: string; missing?: string[] } = {}) {
  return findToolchains({
    path,
    homeDirectory: '/home/ann',
    nodePath: options.nodePath ?? '/usr/bin/node',
    exists: (file) => !(options.missing ?? []).includes(file),
  });
}

describe('findToolchains', () => {
  it('keeps the order of PATH and shows nothing for directories of the system', () => {
    expect(find('/usr/local/go/bin:/opt/jdk/bin:/usr/bin:/bin')).toEqual({
      path: '/usr/local/go/bin:/opt/jdk/bin:/usr/bin:/bin',
      readOnly: [],
    });
  });

  it.each([
    ['/home/ann/.pyenv/shims', ['/home/ann/.pyenv']],
    ['/home/ann/.pyenv/plugins/virtualenv/shims:/home/ann/.pyenv/bin', ['/home/ann/.pyenv']],
    ['/home/ann/.nvm/versions/node/v20.1.0/bin', ['/home/ann/.nvm/versions']],
    ['/home/ann/.local/bin', ['/home/ann/.local/bin']],
    ['/home/ann/go/bin', ['/home/ann/go/bin']],
    ['/srv/tools/bin', ['/srv/tools/bin']],
  ])('shows for %s only %j', (path, readOnly) => {
    expect(find(path).readOnly).toEqual(readOnly);
  });

  it('shows rustup beside the programs of cargo, not the directory with the credentials of cargo', () => {
    expect(find('/home/ann/.cargo/bin').readOnly).toEqual([
      '/home/ann/.cargo/bin',
      '/home/ann/.rustup',
    ]);
  });

  it.each(['/home/ann', '/home', '/'])('never shows the home because %s is on PATH', (entry) => {
    expect(find(`${entry}:/usr/bin`).readOnly).toEqual([]);
  });

  it.each(['', '.', 'bin', '/usr/bin/../../home/ann', '/srv/project/node_modules/.bin'])(
    'leaves out the PATH entry "%s"',
    (entry) => {
      expect(find(`${entry}:/usr/bin`)).toEqual({ path: '/usr/bin', readOnly: [] });
    },
  );

  it('leaves out what does not exist, and what is named twice', () => {
    expect(find('/usr/bin:/gone/bin:/usr/bin', { missing: ['/gone/bin'] }).path).toBe('/usr/bin');
  });

  it('shows Node.js with npm where it is installed apart', () => {
    expect(find('/usr/bin', { nodePath: '/srv/node/bin/node' }).readOnly).toEqual([
      '/srv/node/bin',
      '/srv/node/lib/node_modules',
    ]);
  });

  it('shows the program alone where npm is not beside it, or where the prefix is the home', () => {
    const missing = ['/srv/x/lib/node_modules/npm'];

    expect(find('/usr/bin', { nodePath: '/srv/x/bin/node', missing }).readOnly).toEqual([
      '/srv/x/bin/node',
    ]);
    expect(find('/usr/bin', { nodePath: '/home/ann/bin/node' }).readOnly).toEqual([
      '/home/ann/bin/node',
    ]);
  });
});
