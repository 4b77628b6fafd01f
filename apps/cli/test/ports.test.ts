import { describe, expect, it } from 'vitest';
import { portRoutes, type PortList } from '@spt-flow/shared/api/ports';
import { useCliStage } from './support/cli-stage.ts';
import { Failure } from './support/test-server.ts';

const cli = useCliStage();
const PORTS: PortList['items'] = [
  {
    port: 3001,
    process: { name: 'node server.mjs', pid: 7 },
    isApp: true,
    sharing: 'organization',
    url: 'http://demo.preview.localhost:8080/',
  },
  {
    port: 5173,
    process: { name: 'vite\x1b[31m', pid: 8 },
    label: 'Shop\x1b[31m',
    isApp: false,
    sharing: 'private',
    url: 'http://5173--demo.preview.localhost:8080/',
  },
  {
    port: 9000,
    process: null,
    isApp: false,
    sharing: 'public',
    url: 'http://9000--demo.preview.localhost:8080/',
  },
];

function ports(...args: string[]) {
  return cli.run(['ports', 'demo', ...args]);
}

describe('ports', () => {
  it('shows what listens, for whom and where', async () => {
    cli.server.on(portRoutes.list, () => ({ isSupported: true, items: PORTS }));

    const { exitCode, stdout } = await ports();

    expect(exitCode).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "PORT  PROGRAM                FOR               ADDRESS
      3001  node server.mjs        organization      http://demo.preview.localhost:8080/
      5173  Shop: vite             owner and admins  http://5173--demo.preview.localhost:8080/
      9000  nothing at the moment  everybody         http://9000--demo.preview.localhost:8080/
      "
    `);
  });

  it('prints JSON for programs', async () => {
    cli.server.on(portRoutes.list, () => ({ isSupported: true, items: PORTS }));

    expect(JSON.parse((await ports('--output', 'json')).stdout)).toEqual(PORTS);
  });

  it.each([
    [true, 'Nothing listens in the workspace. Try: spt-flow ssh demo'],
    [false, 'cannot tell its ports. Try: spt-flow port-forward demo -L <port>'],
  ])('explains an empty list of a workspace that tells (%j)', async (isSupported, words) => {
    cli.server.on(portRoutes.list, () => ({ isSupported, items: [] }));

    expect(await ports()).toMatchObject({ stdout: '', stderr: expect.stringContaining(words) });
  });

  it('names a workspace that does not exist', async () => {
    cli.server.on(portRoutes.list, () => {
      throw new Failure('not_found');
    });

    expect(await ports()).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining("There is no workspace 'demo'"),
    });
  });
});
