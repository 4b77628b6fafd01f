import type Docker from 'dockerode';
import { z } from 'zod';
import { unlessMissing, type Engine } from './engine.ts';
import { filterFor, LABELS, type Labels } from './labels.ts';

/** Some engines say null where there is none. */
const VolumesSchema = z.object({
  Volumes: z
    .array(z.object({ Name: z.string(), Labels: z.record(z.string(), z.string()).nullish() }))
    .nullish(),
});

interface Volume {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export async function listVolumes({ api }: Engine, labels: Labels): Promise<Volume[]> {
  const filters = JSON.stringify(filterFor(labels));
  const { Volumes: volumes } = VolumesSchema.parse(await api.listVolumes({ filters }));
  return (volumes ?? []).map(({ Name: name, Labels: found }) => ({ name, labels: found ?? {} }));
}

/** ensureVolumes makes those that are not there yet: not every engine labels a volume that a container brings. */
export async function ensureVolumes(
  api: Docker,
  names: readonly string[],
  labels: Labels,
): Promise<void> {
  await Promise.all(names.map((Name) => api.createVolume({ Name, Labels: { ...labels } })));
}

/** removeVolumes removes the volumes with all the labels, and returns the projects that they belonged to. */
export async function removeVolumes(engine: Engine, labels: Labels): Promise<Set<string>> {
  const projects = new Set<string>();
  for (const volume of await listVolumes(engine, labels)) {
    await unlessMissing(engine.api.getVolume(volume.name).remove());
    const project = volume.labels[LABELS.project];
    if (project !== undefined) projects.add(project);
  }
  return projects;
}
