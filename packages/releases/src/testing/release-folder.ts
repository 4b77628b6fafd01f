import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createReleaseRepository } from '../publish/release-repository.ts';
import { generateKeyPem, readSigningKey, type SigningKey } from '../publish/signing-key.ts';

export function newKeys(count: number): SigningKey[] {
  return Array.from({ length: count }, () => readSigningKey(generateKeyPem()));
}

export interface TestRelease {
  readonly version: string;
  readonly returnsTo?: readonly string[];
  readonly oldestFrom?: string;
  /** Contents of programs, by platform. */
  readonly programs: Readonly<Record<string, string | Buffer>>;
}

export type TestReleases = Awaited<ReturnType<typeof createTestReleases>>;

/** createTestReleases is a folder of releases with keys of its own: two of three for root, two of two for targets. */
export async function createTestReleases(folder: string, { nowMs = Date.now() } = {}) {
  const keys = {
    root: newKeys(3),
    targets: newKeys(2),
    snapshot: newKeys(1),
    timestamp: newKeys(1),
  };
  const repository = createReleaseRepository(folder);
  const all = () => Object.values(keys).flat();
  const roles = () => ({
    root: { keys: keys.root.map(({ publicKey }) => publicKey), threshold: 2 },
    targets: { keys: keys.targets.map(({ publicKey }) => publicKey), threshold: 2 },
    snapshot: { keys: keys.snapshot.map(({ publicKey }) => publicKey), threshold: 1 },
    timestamp: { keys: keys.timestamp.map(({ publicKey }) => publicKey), threshold: 1 },
  });
  await repository.stageRoot(roles(), { nowMs });
  await repository.stageTargets([], { nowMs });
  await repository.sign(all());
  await repository.publish({ keys: all(), nowMs });

  async function release({ version, programs, ...rest }: TestRelease, at = { nowMs }) {
    const build = join(folder, 'build', version);
    await mkdir(build, { recursive: true });
    const files = Object.entries(programs).map(async ([platform, content]) => {
      const name = `spt-flow-agent-${platform}`;
      const file = join(build, name);
      await writeFile(file, content);
      await chmod(file, 0o755);
      return { file, name, platform, product: 'agent' as const };
    });
    const facts = {
      returnsTo: [...(rest.returnsTo ?? [])],
      oldestFrom: rest.oldestFrom ?? '0.0.1',
    };
    await repository.addRelease({ version, ...facts, files: await Promise.all(files) }, at);
    await repository.sign(all());
    await repository.publish({ keys: all(), ...at });
  }

  return { folder, keys, all, roles, repository, release };
}
