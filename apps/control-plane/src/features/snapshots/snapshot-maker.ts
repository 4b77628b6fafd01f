import { SIZE_LIMITS } from '@spt-flow/shared/domain/workspace-settings';
import { AppError } from '@spt-flow/shared/domain/errors';
import { ParameterValuesSchema } from '@spt-flow/shared/domain/template-shape';
import * as z from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { settingsOf, type Workspaces, type WorkspaceRow } from '../workspaces/index.ts';
import { unpackBackup } from './backup-file.ts';
import { COPYING_PROVIDERS, type Manifest, type ManifestFacts } from './manifest.ts';
import type { SnapshotStore } from './snapshot-store.ts';

export interface SnapshotMakerDeps {
  readonly store: SnapshotStore;
  readonly copies: Workspaces['copies'];
  readonly repositoryUrlOf: (workspaceId: string) => Promise<string | null>;
  readonly clock: Pick<Clock, 'now'>;
}

const ProviderSchema = z.enum(COPYING_PROVIDERS);

export type SnapshotMaker = ReturnType<typeof createSnapshotMaker>;

/** createSnapshotMaker writes backups to the disk of the control plane: of a workspace, or of a file that somebody sends. */
export function createSnapshotMaker({ store, copies, repositoryUrlOf, clock }: SnapshotMakerDeps) {
  return {
    async copy(id: string, workspace: WorkspaceRow): Promise<Manifest> {
      const { data: provider } = ProviderSchema.safeParse(workspace.provider);
      if (!provider) throw new AppError('backup_unsupported');
      const repositoryUrl = await repositoryUrlOf(workspace.id);
      const left = { bytes: maxBytesOf(settingsOf(workspace)) };
      return store.create(id, async (take) => {
        await copies.read(workspace, async (part) => {
          const kept = await take(part, { maxBytes: left.bytes, unusual: 'drop' });
          left.bytes -= kept.unpackedBytes;
        });
        return {
          ...factsOf(workspace),
          workspace: { name: workspace.name, provider },
          repositoryUrl,
          createdAt: clock.now().toISOString(),
        };
      });
    },

    async receive(id: string, upload: AsyncIterable<Buffer>): Promise<Manifest> {
      return store.create(id, async (take) => {
        const {
          format: _format,
          version: _version,
          parts: _parts,
          ...facts
        } = await unpackBackup(upload, {
          take,
          maxBytesOf: async ({ settings }) => maxBytesOf(settings),
        });
        return facts;
      });
    },
  };
}

/** As much as a workspace of its size may hold, whether the place where it runs can enforce that or not. */
function maxBytesOf({ size }: Manifest['settings']): number {
  return SIZE_LIMITS[size].diskBytes;
}

function factsOf(
  workspace: WorkspaceRow,
): Pick<ManifestFacts, 'template' | 'settings' | 'startScript'> {
  const { templateId, templateVersion, startScript } = workspace;
  const values = ParameterValuesSchema.parse(workspace.templateValues);
  return {
    settings: settingsOf(workspace),
    startScript,
    template:
      templateId === null || templateVersion === null
        ? null
        : { id: templateId, version: templateVersion, values },
  };
}
