import Docker from 'dockerode';
import { withEngineSubject, type EngineSubject } from './harness/engine-subject.ts';
import { startEmptyEngine } from './harness/empty-engine.ts';
import { progress } from './harness/program.ts';
import { pull, push, type PulledLayer } from './harness/pull.ts';
import { startRegistries, type Registries } from './harness/registries.ts';
import { quartiles } from './harness/statistics.ts';
import { createProject } from './harness/subject.ts';
import { openOwnEvents, startWorkspace } from './harness/workspace-start.ts';

const STARTS = 5;
const GOAL_SECONDS = 120;
const MEGABYTE = 1_000_000;

/** Where the time goes until the first workspace of an image runs on a machine that has nothing of it; SPT_FLOW_WORKSPACE_IMAGE names the image. */
const image = process.env['SPT_FLOW_WORKSPACE_IMAGE'];
if (!image) throw new Error('Name the image in SPT_FLOW_WORKSPACE_IMAGE');
await withEngineSubject(
  async (subject) => {
    const registries = await startRegistries();
    try {
      const pulls = await measurePulls(subject, registries);
      const startSeconds = await measureStarts(subject);
      report(pulls, startSeconds);
    } finally {
      await registries.stop();
    }
  },
  async () => image,
);

interface Pulls {
  readonly imageBytes: number;
  readonly mirroredBytes: number;
  readonly throughEmptyMirror: readonly PulledLayer[];
  readonly throughMirror: readonly PulledLayer[];
}

/** In an engine that has none of the layers, twice: the mirror has nothing, and it has everything. */
async function measurePulls(subject: EngineSubject, registries: Registries): Promise<Pulls> {
  progress('Publishing the image');
  const { Size: imageBytes } = await subject.engine.getImage(subject.image).inspect();
  await push(subject.engine, subject.image, `${registries.upstream}/workspace`);
  const results: PulledLayer[][] = [];
  for (const what of ['an empty mirror', 'a mirror that has it']) {
    progress(`Pulling through ${what}`);
    const empty = await startEmptyEngine();
    try {
      const engine = new Docker({ socketPath: empty.socket });
      results.push(await pull(engine, `${registries.mirror}/workspace:1`));
    } finally {
      await empty.stop();
    }
  }
  const [throughEmptyMirror = [], throughMirror = []] = results;
  const mirroredBytes = await registries.mirroredBytes();
  return { imageBytes, mirroredBytes, throughEmptyMirror, throughMirror };
}

/** On a machine that has the image. */
async function measureStarts(subject: EngineSubject): Promise<number> {
  progress('Starting workspaces');
  const project = await createProject(subject, 'first start');
  const me = await openOwnEvents(subject);
  const times: number[] = [];
  for (let count = 0; count < STARTS; count += 1)
    times.push(await startWorkspace(subject, project, me));
  me.close();
  return quartiles(times).median / 1_000;
}

function report(pulls: Pulls, startSeconds: number): void {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const pulledSeconds = endOf(pulls.throughMirror);
  say(`image, unpacked            ${(pulls.imageBytes / MEGABYTE).toFixed(0)} MB`);
  say(`image, as it travels       ${(pulls.mirroredBytes / MEGABYTE).toFixed(0)} MB`);
  say(`pull, mirror empty         ${endOf(pulls.throughEmptyMirror).toFixed(1)} s`);
  say(`pull, mirror filled        ${pulledSeconds.toFixed(1)} s`);
  say(`request to agent ready     ${startSeconds.toFixed(2)} s (median of ${STARTS}, image there)`);
  say('layer            MB   arrived s   unpacked s');
  for (const { id, bytes, arrivedSeconds, unpackedSeconds } of pulls.throughMirror)
    say(
      `${id} ${(bytes / MEGABYTE).toFixed(1).padStart(7)} ${arrivedSeconds.toFixed(1).padStart(11)} ${unpackedSeconds.toFixed(1).padStart(12)}`,
    );
  process.exitCode = pulledSeconds + startSeconds <= GOAL_SECONDS ? 0 : 1;
}

function endOf(layers: readonly PulledLayer[]): number {
  return Math.max(...layers.map(({ unpackedSeconds }) => unpackedSeconds));
}
