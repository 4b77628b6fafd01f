import { z } from 'zod';
import { unlessMissing, type Engine } from './engine.ts';
import { filterFor, LABELS, type Labels } from './labels.ts';

/** Some engines say null where there is none. */
const VolumesSchema = z.object({
  Volumes: z
    .array(z.object({ Name: z.string(), Labels: z.record(z.string(), z.string()).nullish() }))
    .nullish(),
});

/** removeVolumes removes the volumes with all the labels, and returns the projects that they belonged to. */
export async function removeVolumes({ api }: Engine, labels: Labels): Promise<Set<string>> {
  const filters = JSON.stringify(filterFor(labels));
  const { Volumes: volumes } = VolumesSchema.parse(await api.listVolumes({ filters }));
  const projects = new Set<string>();
  for (const { Name: name, Labels: found } of volumes ?? []) {
    await unlessMissing(api.getVolume(name).remove());
    const project = found?.[LABELS.project];
    if (project !== undefined) projects.add(project);
  }
  return projects;
}
