import type { WorkspaceSettings } from '@spt-flow/shared/domain/workspace-settings';
import type { UpgradeHandler } from '../../../../lib/upgrade-router.ts';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { WorkspaceSpec } from '../../provider.ts';
import { systemGitConfig } from '../../container-environment.ts';
import { openEgress, type Egress } from './egress.ts';
import { openEntrance } from './entrance.ts';
import type { Network } from './networks.ts';
import { GIT_CONFIG_FILE } from '../../container-paths.ts';
import { resolvePublic, type ResolveHost } from './public-address.ts';

interface DoorsInput {
  readonly egress: WorkspaceSettings['egress'];
  readonly network: Network;
  /** Public addresses only, unless told. */
  readonly resolveHost: ResolveHost | undefined;
  readonly routeAgentUpgrade: UpgradeHandler;
  /** Of the way in. */
  readonly directory: string;
}

export interface Doors {
  readonly egress: Egress;
  /** Once the container runs. */
  complete(): Promise<void>;
  close(): Promise<void>;
}

/** openDoors opens what a container reaches on this machine: the way in for its agent, and the way out. */
export async function openDoors({
  resolveHost = resolvePublic,
  ...input
}: DoorsInput): Promise<Doors> {
  const egress = await openEgress(input.egress, input.network, resolveHost);
  try {
    const entrance = await openEntrance(input.directory, input.routeAgentUpgrade);
    const close = async () => {
      await Promise.all([entrance.close(), egress.close()]);
    };
    return { egress, complete: egress.complete, close };
  } catch (error) {
    await egress.close();
    throw error;
  }
}

/** writeGitConfig says who works in a container. */
export async function writeGitConfig(
  directory: string,
  owner: WorkspaceSpec['owner'],
): Promise<void> {
  const file = path.join(directory, GIT_CONFIG_FILE);
  await writeFile(file, systemGitConfig(owner), { mode: 0o644 });
}
