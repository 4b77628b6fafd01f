import type Docker from 'dockerode';
import * as z from 'zod';
import { unlessMissing, type Engine } from '../engine/engine.ts';
import { carries, LABELS, type Labels } from '../../labels.ts';
import { filtersFor } from '../engine/label-filters.ts';

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
  const filters = filtersFor(labels);
  const { Volumes: volumes } = VolumesSchema.parse(await api.listVolumes({ filters }));
  const found = (volumes ?? []).map((one) => ({ name: one.Name, labels: one.Labels ?? {} }));
  // Podman is content with one of the labels.
  return found.filter((volume) => carries(volume.labels, labels));
}

/** absentVolumes are those that are not there yet. */
export async function absentVolumes(api: Docker, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    names.map((name) => unlessMissing(api.getVolume(name).inspect())),
  );
  return names.filter((_name, index) => found[index] === undefined);
}

/** createVolumes makes volumes with these labels: not every engine labels one that a container brings. */
export async function createVolumes(
  api: Docker,
  names: readonly string[],
  labels: Labels,
): Promise<void> {
  await Promise.all(names.map((Name) => api.createVolume({ Name, Labels: { ...labels } })));
}

/** ensureVolumes makes those that are not there yet. */
export async function ensureVolumes(
  api: Docker,
  names: readonly string[],
  labels: Labels,
): Promise<void> {
  await createVolumes(api, await absentVolumes(api, names), labels);
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
