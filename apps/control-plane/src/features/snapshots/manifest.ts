import { RepositoryUrlSchema } from '@spt-flow/shared/api/repository-url';
import { AppError } from '@spt-flow/shared/domain/errors';
import { ParameterValuesSchema } from '@spt-flow/shared/domain/template-shape';
import { WorkspaceSettingsSchema } from '@spt-flow/shared/domain/workspace-settings';
import * as z from 'zod';
import { parseJson } from '../../lib/parse-json.ts';

const FORMAT_VERSION = 1;
const FORMAT = 'spt-flow-backup';
const MAX_PARTS = 50;
/** Whose files can be copied. */
export const COPYING_PROVIDERS = ['local', 'docker', 'kubernetes'] as const;

/** PartSchema is one place that was kept; the file beside the manifest is `<name>.tar.gz`. */
const PartSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,99}$/i),
  sizeBytes: z.number().int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  unpackedBytes: z.number().int().min(0),
  entries: z.number().int().min(0),
});
export type Part = z.infer<typeof PartSchema>;

/** ManifestSchema says what a backup holds, and how a workspace is made that has it. */
const ManifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(FORMAT_VERSION),
  createdAt: z.iso.datetime(),
  workspace: z.strictObject({ name: z.string().max(63), provider: z.enum(COPYING_PROVIDERS) }),
  /** Of the installation that made it; null: none. */
  template: z
    .strictObject({ id: z.uuid(), version: z.number().int(), values: ParameterValuesSchema })
    .nullable(),
  settings: WorkspaceSettingsSchema,
  startScript: z.string().max(65_536).nullable(),
  repositoryUrl: RepositoryUrlSchema.nullable(),
  parts: z
    .array(PartSchema)
    .max(MAX_PARTS)
    .refine((parts) => new Set(parts.map(({ name }) => name)).size === parts.length),
});
export type Manifest = z.infer<typeof ManifestSchema>;

export type ManifestFacts = Omit<Manifest, 'format' | 'version'>;

export function manifestOf(facts: ManifestFacts): Manifest {
  return { format: FORMAT, version: FORMAT_VERSION, ...facts };
}

/** Why a backup is refused, for programs. */
type RefusalReason =
  'manifest' | 'version' | 'checksum' | 'truncated' | 'too_large' | 'path' | 'link' | 'kind';

/** refuse is what is thrown at a backup that is not as we make them. */
export function refuse(reason: RefusalReason, message: string): AppError {
  return new AppError('backup_invalid', `The backup cannot be used: ${message}`, {
    details: { reason },
  });
}

const HeadSchema = z.object({ format: z.literal(FORMAT), version: z.number() });

/** readManifest parses the text of a manifest; AppError `backup_invalid`. */
export function readManifest(text: string): Manifest {
  const head = HeadSchema.safeParse(parseJson(text));
  if (!head.success) throw refuse('manifest', 'it does not begin with a manifest of spt-flow');
  if (head.data.version !== FORMAT_VERSION)
    throw refuse('version', `it has the format ${head.data.version}, and not ${FORMAT_VERSION}`);
  const manifest = ManifestSchema.safeParse(parseJson(text));
  if (manifest.success) return manifest.data;
  const [issue] = manifest.error.issues;
  throw refuse('manifest', `its manifest is wrong at "${issue?.path.join('.')}"`);
}

/** totalOf adds up what the parts of a backup take. */
export function totalOf({ parts }: Pick<Manifest, 'parts'>) {
  const sum = (key: 'sizeBytes' | 'unpackedBytes' | 'entries') =>
    parts.reduce((total, part) => total + part[key], 0);
  return {
    sizeBytes: sum('sizeBytes'),
    unpackedBytes: sum('unpackedBytes'),
    entries: sum('entries'),
  };
}
