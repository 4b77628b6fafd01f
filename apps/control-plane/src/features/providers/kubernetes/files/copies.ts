import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';
import type { WorkspaceCopies, WorkspaceFiles, WorkspacePart } from '../../provider.ts';
import type { Belongings } from '../belongings.ts';
import { MAIN_CONTAINER } from '../names.ts';
import type { Pod } from '../pod.ts';
import { PARTS, withCopyPod, type CopyPodDeps, type Run } from './copy-pod.ts';
import { runInPod } from './pod-command.ts';

/**
 * All that people run stands still, and goes on when the input ends: also when nobody is there any more to say so. The
 * program that says so is not among them, and neither is the first of the container, which only waits for the agent.
 */
const FREEZE = 'kill -s STOP -- -1; echo frozen; read -r _; kill -s CONT -- -1';
const LIST =
  'cd "$1" 2>/dev/null || exit 0; for part in */; do [ -d "$part" ] && echo "${part%/}"; done';
const EMPTY = 'chmod -R u+rwx "$1" 2>/dev/null; rm -rf "$1"';
const FILL =
  'mkdir -p "$1" && exec tar --extract --preserve-permissions --no-same-owner --file=- --directory="$1"';
const KEEP =
  'cd "$1" && for state in [0-9]*; do [ "$state" = "$2" ] || { chmod -R u+rwx "$state"; rm -rf "$state"; }; done';
/** What a new home is made in. */
const UNFINISHED = 'home.new';

export interface KubernetesCopiesDeps extends CopyPodDeps {
  readonly belongings: Pick<Belongings, 'ensureVolume'>;
  /** In turn, and while pods are watched. */
  readonly inTurn: <T>(workspaceId: string, work: () => Promise<T>) => Promise<T>;
  /** Undefined: it does not run. */
  readonly podOf: (workspaceId: string) => Promise<Pod | undefined>;
}

/** createKubernetesCopies reads and fills the volumes of workspaces through pods of their own, by the tar of the default image. */
export function createKubernetesCopies(deps: KubernetesCopiesDeps): WorkspaceCopies {
  const { client, objects } = deps;

  async function frozen<T>(pod: Pod | undefined, work: () => Promise<T>): Promise<T> {
    if (!pod) return work();
    const place = { podPath: objects.path('Pod', pod.metadata.name), container: MAIN_CONTAINER };
    const freeze = await runInPod(client, place, ['/bin/sh', '-c', FREEZE]);
    try {
      await Promise.race([once(freeze.stdout, 'data'), freeze.ended]);
      return await work();
    } finally {
      freeze.stdout.resume();
      freeze.stdin.end();
      // Where it is gone, nothing stands still either.
      await freeze.ended.catch(() => undefined);
      freeze.close();
    }
  }

  return {
    read: (files, take) =>
      deps.inTurn(files.workspaceId, async () => {
        const beside = await deps.podOf(files.workspaceId);
        await withCopyPod(deps, { files, beside }, (run) =>
          frozen(beside, async () => {
            for (const name of await partsIn(run, files))
              await readPart(run, files, { name, take });
          }),
        );
      }),

    write: (files, parts) =>
      deps.inTurn(files.workspaceId, async () => {
        await deps.belongings.ensureVolume(files);
        const beside = await deps.podOf(files.workspaceId);
        await withCopyPod(deps, { files, beside }, async (run) => {
          await outputOf(run, EMPTY, stateOf(files));
          for await (const part of parts) await fill(run, files, part);
        });
      }),

    keepOnly: (files) =>
      deps.inTurn(files.workspaceId, async () => {
        const beside = await deps.podOf(files.workspaceId);
        await withCopyPod(deps, { files, beside }, (run) =>
          outputOf(run, KEEP, PARTS, String(files.revision)),
        );
      }),
  };
}

function stateOf({ revision }: WorkspaceFiles): string {
  return `${PARTS}/${revision}`;
}

async function outputOf(run: Run, script: string, ...values: string[]): Promise<string> {
  const command = await run('/bin/sh', '-c', script, 'sh', ...values);
  command.stdin.end();
  const [output] = await Promise.all([buffer(command.stdout), command.ended]);
  return output.toString();
}

/** A volume may also hold what only other providers mount: it is kept, for the way back. */
async function partsIn(run: Run, files: WorkspaceFiles): Promise<string[]> {
  const output = await outputOf(run, LIST, stateOf(files));
  return output.split('\n').filter((name) => name !== '' && name !== UNFINISHED);
}

async function readPart(
  run: Run,
  files: WorkspaceFiles,
  { name, take }: { name: string; take: (part: WorkspacePart) => Promise<void> },
): Promise<void> {
  const tar = await run(
    ...['tar', '--create', '--numeric-owner', '--file=-'],
    ...[`--directory=${stateOf(files)}/${name}`, '.'],
  );
  tar.stdin.end();
  try {
    await Promise.all([take({ name, archive: tar.stdout }), tar.ended]);
  } finally {
    tar.close();
  }
}

async function fill(
  run: Run,
  files: WorkspaceFiles,
  { name, archive }: WorkspacePart,
): Promise<void> {
  const tar = await run('/bin/sh', '-c', FILL, 'sh', `${stateOf(files)}/${name}`);
  tar.stdout.resume();
  try {
    await Promise.all([tar.ended, pipeline(archive, tar.stdin)]);
  } finally {
    tar.close();
  }
}
