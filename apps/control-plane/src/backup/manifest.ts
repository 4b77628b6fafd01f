import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { parseJson } from '../lib/parse-json.ts';
import { BackupError } from './backup-error.ts';
import { DumpSchema } from './rows-repository.ts';

const FORMAT = 'spt-flow-installation';
const FORMAT_VERSION = 1;
/** Written last: a folder without it is not whole. */
export const MANIFEST = 'manifest.json';

/** What may be left out, since it can be large. */
export const LEAVABLE = ['workspaces', 'snapshots'] as const;
export type Leavable = (typeof LEAVABLE)[number];

const PartSchema = z.strictObject({
  file: z.string().regex(/^[a-z0-9_.-]{1,200}\.gz$/),
  sizeBytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  unpackedBytes: z.int().min(0),
});
export type Part = z.output<typeof PartSchema>;

const ManifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(FORMAT_VERSION),
  createdAt: z.iso.datetime(),
  /** Of spt-flow. */
  madeBy: z.string().max(100),
  key: z.strictObject({
    /** `configured`: it stands in SPT_FLOW_SECRET_KEY, and never in a backup. */
    where: z.enum(['inside', 'left_out', 'configured']),
    /** Only the same key gives the same. */
    check: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  without: z.array(z.enum(LEAVABLE)),
  database: DumpSchema,
  parts: z.array(PartSchema).min(1),
});
export type Manifest = z.output<typeof ManifestSchema>;

export function manifestOf(facts: Omit<Manifest, 'format' | 'version'>): Manifest {
  return { format: FORMAT, version: FORMAT_VERSION, ...facts };
}

const HeadSchema = z.object({ format: z.literal(FORMAT), version: z.number(), madeBy: z.string() });

/** readManifest reads what a folder is; BackupError where it is no backup, or none that this version understands. */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(path.join(folder, MANIFEST), 'utf8').catch((cause: unknown) => {
    throw new BackupError(
      `"${folder}" has no ${MANIFEST}: it is no backup of spt-flow, or one that was not finished. Choose another folder`,
      { cause },
    );
  });
  const json = parseJson(text);
  const head = HeadSchema.safeParse(json);
  if (head.success && head.data.version > FORMAT_VERSION)
    throw new BackupError(
      `"${folder}" was made by a newer spt-flow (${head.data.madeBy}): restore it with that version`,
    );
  const manifest = ManifestSchema.safeParse(json);
  if (!manifest.success)
    throw new BackupError(
      `The ${MANIFEST} of "${folder}" is damaged (${z.prettifyError(manifest.error).split('\n')[0]}): use another backup`,
    );
  return manifest.data;
}
