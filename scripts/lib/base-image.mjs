import { createReadStream, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cached } from './cache.mjs';
import { engineRequest } from './container-engine.mjs';
import { Failure } from './failure.mjs';
import { withLock } from './file-lock.mjs';
import { inRoot } from './root.mjs';
import { capture } from './run.mjs';
import { treeHash } from './tree-hash.mjs';

const PACKAGES = ['ca-certificates', 'git', 'openssh-server', 'procps', 'zsh'];
const CONFIG = [
  'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'ENV LANG=C.UTF-8',
  'USER node',
  'WORKDIR /home/node',
  'CMD ["/bin/bash"]',
];
const ARCHIVE = 'root.tar';
/** Nothing of an image that is made anew in a minute needs to outlive a power cut; nobody reads manuals in it. */
const DPKG_CONFIG = [
  'force-unsafe-io',
  'path-exclude=/usr/share/doc/*',
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/locale/*',
  '',
].join('\n');

/** ensureBaseImage returns the name of the base image in the engine, made of Debian packages the first time. */
export async function ensureBaseImage({ socket }) {
  const image = await baseImageName();
  const isPresent = async () =>
    (await engineRequest({ socket, path: `/images/${image}/json` })).status === 200;
  if (await isPresent()) return image;
  await withLock('spt-flow-base-image', async () => {
    if (!(await isPresent())) await importImage(socket, image, await rootFilesystem(image));
  });
  return image;
}

/** baseImageArchive is the root file system of the base image as a tar archive, for engines of another kind. */
export async function baseImageArchive() {
  return rootFilesystem(await baseImageName());
}

/** The content hash of what it is made by: another script makes another image. */
async function baseImageName() {
  const hash = await treeHash(['scripts/lib/base-image.mjs']);
  return `spt-flow/base:${hash.slice(0, 12)}`;
}

async function rootFilesystem(image) {
  // Made anew each month, for what Debian mended since.
  const recipe = [image, new Date().toISOString().slice(0, 7)];
  const folder = await cached({ name: 'base-image', recipe }, (target) =>
    writeArchive(path.join(target, ARCHIVE)),
  );
  return path.join(folder, ARCHIVE);
}

async function writeArchive(archive) {
  if (process.getuid?.() !== 0)
    throw new Failure('Only root can make the base image: run npm run base-image as root once');
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-flow-base-image-'));
  try {
    await buildRootFilesystem(directory);
    await must('tar', [
      ...['--numeric-owner', '--one-file-system', '-C', directory, '-cf', archive, '.'],
    ]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** In two stages, so that the package manager is told between them how to install. */
async function buildRootFilesystem(directory) {
  const { suite, mirror, environment } = await packageSource();
  const cache = inRoot('.cache/base-image/packages');
  await mkdir(cache, { recursive: true });
  await must(
    'debootstrap',
    [
      ...['--foreign', '--variant=minbase', `--cache-dir=${cache}`],
      ...[`--include=${PACKAGES.join(',')}`, suite, directory, mirror],
    ],
    environment,
  );
  await mkdir(path.join(directory, 'etc/dpkg/dpkg.cfg.d'), { recursive: true });
  await writeFile(path.join(directory, 'etc/dpkg/dpkg.cfg.d/spt-flow'), DPKG_CONFIG);
  const inside = (...command) => must('chroot', [directory, ...command]);
  await inside('/debootstrap/debootstrap', '--second-stage');
  await inside('useradd', '--create-home', '--uid', '1000', '--shell', '/bin/zsh', 'node');
  await inside('touch', '/home/node/.zshrc');
  await inside('chown', 'node:node', '/home/node/.zshrc');
  await inside('install', '-d', '-o', 'node', '-g', 'node', '/workspace', '/commandhistory');
  // Keys of a host are made per container by who wants to run sshd there.
  await inside('sh', '-c', 'rm -rf /etc/ssh/ssh_host_* /var/cache/apt/* /var/lib/apt/lists/*');
}

/** Where this machine gets its own packages from. */
async function packageSource() {
  const suite = /^VERSION_CODENAME=(\S+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const { output } = await capture('apt-get', ['update', '--print-uris']);
  const mirror = new RegExp(`^'(\\S+)/dists/${suite}/InRelease'`, 'm').exec(output)?.[1];
  if (!suite || !mirror)
    throw new Failure(
      'The base image is made from the package sources of Debian, and this machine has none',
    );
  const proxy = await capture('apt-config', ['shell', 'PROXY', 'Acquire::http::Proxy']);
  const httpProxy = /^PROXY='(.+)'$/m.exec(proxy.output)?.[1];
  return { suite, mirror, environment: httpProxy ? { http_proxy: httpProxy } : {} };
}

async function must(command, args, environment = {}) {
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive', ...environment };
  const { exitCode, output } = await capture(command, args, { env });
  if (exitCode !== 0)
    throw new Failure(`The base image can't be made: '${command}' failed`, { output });
}

async function importImage(socket, image, archive) {
  // Podman takes the tag as a part of the name only.
  const query = new URLSearchParams({ fromSrc: '-', repo: image });
  for (const change of CONFIG) query.append('changes', change);
  const { status, body } = await engineRequest({
    socket,
    method: 'POST',
    path: `/images/create?${query}`,
    content: createReadStream(archive),
  });
  // The engine answers 200 before it knows, and tells of failures in the body.
  if (status !== 200 || body.includes('"error"'))
    throw new Failure('The engine did not take the base image', { output: body });
}
