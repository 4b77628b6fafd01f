import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { UpgradeHandler } from '../../../../lib/upgrade-router.ts';
import { systemGitConfig } from '../../container-environment.ts';
import { ENTRANCE_DIRECTORY, GIT_CONFIG_FILE } from '../../container-paths.ts';
import type { WorkspaceSpec } from '../../provider.ts';
import { openEgress } from '../network/egress.ts';
import { resolvePublic, type ResolveHost } from '../network/public-address.ts';
import { ENTRANCE_SOCKET, openEntrance } from './entrance.ts';
import type { Site } from './site.ts';

export interface OwnSiteOptions {
  readonly dataDirectory: string;
  readonly routeAgentUpgrade: UpgradeHandler;
  /** Of hosts in egress lists; absent: public addresses only. */
  readonly resolveHost?: ResolveHost;
}

/** createOwnSite has agents come in by a socket in a directory of this machine, and containers get out by its proxy. */
export function createOwnSite(options: OwnSiteOptions): Site {
  const { resolveHost = resolvePublic, routeAgentUpgrade } = options;
  const directoryOf = (workspaceId: string) => path.join(options.dataDirectory, 'run', workspaceId);

  /** Written on this machine: it may change while the container runs. */
  async function nameOwner(workspaceId: string, owner: WorkspaceSpec['owner']): Promise<void> {
    const file = path.join(directoryOf(workspaceId), GIT_CONFIG_FILE);
    await writeFile(file, systemGitConfig(owner), { mode: 0o644 });
  }

  return {
    nameOwner,

    async openDoors({ workspaceId, settings, owner }, network) {
      const directory = directoryOf(workspaceId);
      const egress = await openEgress(settings.egress, network, resolveHost);
      try {
        const entrance = await openEntrance(directory, routeAgentUpgrade);
        return {
          egress,
          mounts: [{ Type: 'bind', Source: directory, Target: ENTRANCE_DIRECTORY, ReadOnly: true }],
          furnish: () => nameOwner(workspaceId, owner),
          settings: ({ url }) => ({
            SPT_FLOW_AGENT_URL: url,
            SPT_FLOW_AGENT_SOCKET: `${ENTRANCE_DIRECTORY}/${ENTRANCE_SOCKET}`,
          }),
          complete: egress.complete,
          async close() {
            await Promise.all([entrance.close(), egress.close()]);
          },
        };
      } catch (error) {
        await egress.close();
        throw error;
      }
    },

    forget: (workspaceId) => rm(directoryOf(workspaceId), { recursive: true, force: true }),
  };
}
