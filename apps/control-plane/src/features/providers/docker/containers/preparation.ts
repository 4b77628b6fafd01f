import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { Layout } from './container-options.ts';
import { tarOf, type TarEntry } from '../engine/tar.ts';

interface Preparation {
  readonly workspaceId: string;
  readonly layout: Layout;
  /** Some of its volumes were just made. */
  readonly hasNewVolumes: boolean;
  /** The engine takes what goes to several volumes at once. */
  readonly atOnce: boolean;
}

/**
 * Ownership gives what is kept of a workspace to whom its container runs as, whatever image came before. What was given
 * before is remembered, because that takes a tenth of a start.
 */
export interface Ownership {
  /** The container never ran. */
  give(container: Docker.Container, preparation: Preparation): Promise<void>;
  /** Its volumes may be others now. */
  forget(workspaceId: string): void;
}

export function createOwnership(): Ownership {
  const given = new Map<string, string>();
  return {
    async give(container, { workspaceId, layout, hasNewVolumes, atOnce }) {
      const { account, volumes } = layout;
      const { uid, gid } = account;
      const state = JSON.stringify([uid, gid, Object.entries(volumes)]);
      if (!hasNewVolumes && given.get(workspaceId) === state) return;
      given.delete(workspaceId);
      const put = (entries: readonly TarEntry[], path: string) =>
        container.putArchive(Readable.from(tarOf(entries)), { path });
      const directory = (path: string) => ({ path, mode: 0o755, uid, gid });
      const targets = Object.values(volumes);
      if (atOnce) {
        const entries = targets.map((target) => directory(target.slice(1)));
        await put(entries, '/');
      } else for (const target of targets) await put([directory('.')], target);
      given.set(workspaceId, state);
    },

    forget: (workspaceId) => void given.delete(workspaceId),
  };
}
