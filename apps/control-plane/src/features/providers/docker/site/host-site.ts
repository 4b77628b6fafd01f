import { Readable } from 'node:stream';
import { AppError } from '@spt-flow/shared/domain/errors';
import { isLoopbackUrl } from '@spt-flow/tunnel/websocket/client';
import { systemGitConfig } from '../../container-environment.ts';
import { ENTRANCE_DIRECTORY, GIT_CONFIG_FILE } from '../../container-paths.ts';
import { tarOf, textContent, type TarEntry } from '../engine/tar.ts';
import { openEgress } from '../network/egress.ts';
import { resolvePublic } from '../network/public-address.ts';
import type { Site } from './site.ts';

const CA_FILE = 'ca.crt';

/** HostLink is how containers of another machine reach the control plane. */
interface HostLink {
  readonly url: string;
  readonly channelBinding: 'tls-exporter' | 'inner-kx' | 'none';
}

export interface HostSiteOptions {
  readonly link: HostLink;
  /** PEM of the authority by which the machine trusts the control plane; null: one that everybody knows. */
  readonly readCa: () => Promise<string | null>;
}

/** createHostSite has agents of another machine's containers dial the control plane at its public address. */
export function createHostSite({ link, readCa }: HostSiteOptions): Site {
  return {
    async openDoors({ owner, settings }, network) {
      assertHostable(link.url);
      const ca = await readCa();
      // There is no proxy there: who asks for a limit was refused before.
      const egress = await openEgress(settings.egress, network, resolvePublic);
      const files = [
        file(GIT_CONFIG_FILE, systemGitConfig(owner)),
        ...(ca === null ? [] : [file(CA_FILE, ca)]),
      ];
      return {
        ...{ egress, mounts: [], complete: egress.complete, close: egress.close },
        async furnish(container) {
          const archive = tarOf([{ path: inside(''), mode: 0o755, uid: 0, gid: 0 }, ...files]);
          await container.putArchive(Readable.from(archive), { path: '/' });
        },
        settings: () => ({
          SPT_FLOW_AGENT_URL: link.url,
          SPT_FLOW_AGENT_CHANNEL_BINDING: link.channelBinding,
          ...(ca !== null && { SPT_FLOW_AGENT_CA_FILE: `${ENTRANCE_DIRECTORY}/${CA_FILE}` }),
        }),
      };
    },

    forget: async () => undefined,
  };
}

/** assertHostable refuses an address at which containers of another machine would find themselves, or be read. */
export function assertHostable(url: string): void {
  if (url.startsWith('https:') && !isLoopbackUrl(url)) return;
  throw new AppError(
    'https_required',
    `Workspaces on servers dial the control plane, and can't at ${url}: start it with --public-url https://…`,
  );
}

function file(name: string, text: string): TarEntry {
  return { path: inside(name), mode: 0o644, uid: 0, gid: 0, content: textContent(text) };
}

/** Without the leading slash, as archives have it. */
function inside(name: string): string {
  return `${ENTRANCE_DIRECTORY.slice(1)}/${name}`.replace(/\/$/, '');
}
