import { chmod, readdir } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../../failure.mjs';
import { output, succeed } from './programs.mjs';

/** What the tools need; an older Go brings it as a module. */
const WANTED = { minor: 26, toolchain: 'v0.0.1-go1.26.8' };

const ENVIRONMENT = { CGO_ENABLED: '0', GOFLAGS: '-trimpath', GOTOOLCHAIN: 'local', GOWORK: 'off' };

/** findGo is the command of a Go that is new enough. */
export async function findGo() {
  const { exitCode, stdout } = await output('go', ['env', 'GOVERSION']).catch(() => ({
    exitCode: 1,
  }));
  if (exitCode !== 0)
    throw new Failure('Go is missing: install the package golang, then try again');
  const minor = Number(/^go1\.(\d+)/.exec(stdout)?.[1]);
  return minor >= WANTED.minor ? 'go' : bringGo();
}

async function bringGo() {
  const platform = `linux-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const { Dir } = await download('go', {
    module: 'golang.org/toolchain',
    version: `${WANTED.toolchain}.${platform}`,
  });
  // Modules are unpacked without the right to run them.
  for (const folder of ['bin', `pkg/tool/${platform.replace('-', '_')}`]) {
    for (const name of await readdir(path.join(Dir, folder)))
      await chmod(path.join(Dir, folder, name), 0o555);
  }
  return path.join(Dir, 'bin/go');
}

/** download brings a module; its content has to be the one that was pinned. */
export async function download(go, { module, version, sum }) {
  const env = { ...process.env, ...ENVIRONMENT, ...(sum && { GONOSUMDB: module }) };
  const found = JSON.parse(
    await succeed(go, ['mod', 'download', '-json', `${module}@${version}`], { env }),
  );
  if (sum && found.Sum !== sum)
    throw new Failure(`${module} ${version} is ${found.Sum}, not the pinned ${sum}`);
  return found;
}

/** build compiles a program of a module's sources with the versions that the module itself locks. */
export async function build(go, { directory, packagePath, file, flags = [] }) {
  const env = { ...process.env, ...ENVIRONMENT };
  const args = [
    'build',
    '-mod=readonly',
    '-buildvcs=false',
    '-ldflags=-s -w',
    ...flags,
    '-o',
    file,
  ];
  await succeed(go, [...args, packagePath], { cwd: directory, env });
}
