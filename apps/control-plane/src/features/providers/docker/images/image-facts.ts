import { Buffer } from 'node:buffer';
import type Docker from 'dockerode';
import { AppError } from '@spt-flow/shared/domain/errors';
import { hasStatus } from '../engine/engine.ts';
import { firstFileOf } from '../engine/tar.ts';

const LOADERS = {
  x64: { glibc: '/lib64/ld-linux-x86-64.so.2', musl: '/lib/ld-musl-x86_64.so.1' },
  arm64: { glibc: '/lib/ld-linux-aarch64.so.1', musl: '/lib/ld-musl-aarch64.so.1' },
} as const;
/** Of all that the agent's executables load, what an image with musl may lack. */
const MUSL_LIBRARY = '/usr/lib/libstdc++.so.6';
/** Images are made by anybody, and what is read of them is held in memory. */
const MAX_FILE_BYTES = 256 * 1024;
const ARCHITECTURES: Readonly<Record<string, keyof typeof LOADERS>> = {
  amd64: 'x64',
  x86_64: 'x64',
  arm64: 'arm64',
  aarch64: 'arm64',
};

/** Account is an entry of an image's /etc/passwd. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** ImageFacts is what must be known of an image to run the agent in it. */
export interface ImageFacts {
  /** As the agent's executables are named: `linux-x64`, `linux-arm64-musl`. */
  readonly platform: string;
  readonly accounts: readonly Account[];
}

/** readImageFacts looks into a container that was made of the image and never started. */
export async function readImageFacts(
  container: Docker.Container,
  image: { readonly name: string; readonly architecture: string },
): Promise<ImageFacts> {
  const architecture = ARCHITECTURES[image.architecture];
  if (!architecture)
    throw unusable(
      image.name,
      `there is no agent for processors of the kind ${image.architecture}`,
    );
  if (!(await exists(container, '/bin/sh')))
    throw unusable(image.name, 'it has no shell (/bin/sh)');
  const { glibc, musl } = LOADERS[architecture];
  const isMusl = !(await exists(container, glibc)) && (await exists(container, musl));
  if (isMusl && !(await exists(container, MUSL_LIBRARY)))
    throw unusable(image.name, 'the agent needs its package libstdc++ (apk add libstdc++)');
  const passwd = (await readFile(container, '/etc/passwd', image.name)) ?? '';
  return {
    platform: `linux-${architecture}${isMusl ? '-musl' : ''}`,
    accounts: parsePasswd(passwd),
  };
}

/** accountOf resolves a user as the engine does: a name or a number, with or without a group. */
export function accountOf(
  user: string,
  { accounts }: Pick<ImageFacts, 'accounts'>,
  image: string,
): Account {
  const [wanted = '', group] = (user === '' ? 'root' : user).split(':');
  const isNumber = /^\d+$/.test(wanted);
  const found = accounts.find(({ name, uid }) =>
    isNumber ? uid === Number(wanted) : name === wanted,
  );
  const gid = group !== undefined && /^\d+$/.test(group) ? Number(group) : undefined;
  if (found)
    return { ...found, gid: gid ?? found.gid, home: found.home === '/' ? '/home' : found.home };
  if (isNumber || wanted === 'root')
    return {
      name: wanted,
      uid: Number(wanted) || 0,
      gid: gid ?? 0,
      home: isNumber ? '/home' : '/root',
      shell: '/bin/sh',
    };
  throw unusable(image, `it has no user "${wanted}"`);
}

export function unusable(image: string, reason: string): AppError {
  return new AppError('image_unusable', `The image "${image}" can't be used: ${reason}`);
}

function parsePasswd(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid, , home, shell] = line.split(':');
    if (!name || uid === undefined || gid === undefined) return [];
    return [
      { name, uid: Number(uid), gid: Number(gid), home: home || '/', shell: shell || '/bin/sh' },
    ];
  });
}

async function exists(container: Docker.Container, path: string): Promise<boolean> {
  try {
    await container.infoArchive({ path });
    return true;
  } catch (error) {
    if (hasStatus(error, 404)) return false;
    throw error;
  }
}

async function readFile(
  container: Docker.Container,
  path: string,
  image: string,
): Promise<string | undefined> {
  try {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of await container.getArchive({ path })) {
      const piece = Buffer.from(chunk);
      bytes += piece.length;
      if (bytes > MAX_FILE_BYTES) throw unusable(image, `its ${path} is too large to be read`);
      chunks.push(piece);
    }
    return firstFileOf(Buffer.concat(chunks)).toString();
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}
