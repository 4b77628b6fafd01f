import { execFile } from 'node:child_process';
import type { CliIo } from '../core/io.ts';

/** IdentityAgent, which keeps keys out of files, and Include came with it. */
const OLDEST: readonly [major: number, minor: number] = [7, 3];

/** tooOldSsh returns the version of an ssh that lacks what we need; undefined: new enough, or it does not say. */
export async function tooOldSsh({ env }: Pick<CliIo, 'env'>): Promise<string | undefined> {
  const said = await new Promise<string>((resolve) => {
    execFile('ssh', ['-V'], { env: { ...env } }, (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    );
  });
  const [, major, minor] = /OpenSSH_\D*(\d+)\.(\d+)/.exec(said) ?? [];
  if (major === undefined) return undefined;
  const isOld =
    Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]);
  return isOld ? `${major}.${minor}` : undefined;
}

export const OLDEST_SSH = OLDEST.join('.');
