import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { createDeferred } from '@spt-flow/tunnel/deferred';
import { endWords } from '../../end-words.ts';
import { keepLastLines } from '../../last-lines.ts';
import type { JoinInstructions } from '../../provider.ts';
import { attach } from '../engine/attach.ts';
import type { Layout } from './container-options.ts';
import { unlessMissing } from '../engine/engine.ts';
import { framesOf } from '../engine/frames.ts';
import { STATE_DIRECTORY } from '../../container-paths.ts';
import { carries, type Labels } from '../../labels.ts';

const REMOVED = 'The container was removed by somebody else';
/** Its exit code is not told any more, or not yet. */
const REMOVING = 'removing';

/** ContainerRun is one started container, until it ended. */
export interface ContainerRun {
  readonly container: Docker.Container;
  /** Whom it runs as, as numbers. */
  readonly user: string;
  /** Ends what was opened for it on this machine. */
  close(): Promise<void>;
  readonly ended: Promise<string>;
  /** What its agent wrote last. */
  readonly lines: readonly string[];
  /** It is us who paused it. */
  isFrozen: boolean;
  settle(cause: string): void;
}

interface StartContainer extends Pick<ContainerRun, 'close' | 'container' | 'user'> {
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * startContainer hands the agent its settings over standard input, so that no inspection of the container shows them.
 * The calls to start it may end early, by a signal; those of the run that is returned don't.
 */
export async function startContainer(
  api: Docker,
  { container, user, close, settings }: StartContainer,
): Promise<ContainerRun> {
  const starting = api.getContainer(container.id);
  const lines: string[] = [];
  const stdio = await attach(api, container);
  stdio.on('error', () => undefined); // The engine went away: the watch notices.
  const output = Readable.from(framesOf(stdio), { objectMode: false });
  output.on('error', () => undefined);
  keepLastLines(output, lines);
  // The engine keeps them for it: an agent that has to wait for them starts later.
  stdio.end(`${JSON.stringify(settings)}\n`);
  await starting.start();
  const { promise: ended, resolve: settle } = createDeferred<string>();
  return { container, user, close, ended, lines, isFrozen: false, settle };
}

/** adoptContainer goes on with a container that ran before this process began; undefined: it does not run. */
export async function adoptContainer(
  api: Docker,
  name: string,
  labels: Labels,
): Promise<ContainerRun | undefined> {
  const found = await unlessMissing(api.getContainer(name).inspect());
  if (!found?.State.Running || !carries(found.Config.Labels, labels)) return undefined;
  const container = api.getContainer(found.Id);
  // Its files were being copied when the process before this one ended.
  if (found.State.Paused) await unlessMissing(container.unpause());
  const { promise: ended, resolve: settle } = createDeferred<string>();
  const close = async () => undefined;
  const { User: user } = found.Config;
  return { container, user, close, ended, lines: [], isFrozen: false, settle };
}

/** agentSettings are what an agent must know in a container, besides its way to the control plane. */
export function agentSettings(
  join: JoinInstructions,
  { project }: Pick<Layout, 'project'>,
): Record<string, string> {
  return {
    SPT_FLOW_AGENT_SERVER_KEY: join.serverKey,
    SPT_FLOW_AGENT_TOKEN: join.token,
    SPT_FLOW_AGENT_STATE_DIR: STATE_DIRECTORY,
    SPT_FLOW_AGENT_PROJECT_DIR: project,
  };
}

/** isOutdated: its image has another content now than when the container was made. */
export async function isOutdated(
  api: Docker,
  { container }: Pick<ContainerRun, 'container'>,
): Promise<boolean> {
  const found = await unlessMissing(container.inspect());
  if (!found) return false;
  const image = await unlessMissing(api.getImage(found.Config.Image).inspect());
  return image !== undefined && image.Id !== found.Image;
}

/** endOf says in plain words why a container does not run; undefined: it does. */
export async function endOf(run: ContainerRun): Promise<string | undefined> {
  const { container, lines, isFrozen } = run;
  const found = await unlessMissing(container.inspect());
  if (!found) return REMOVED;
  const { State: state, HostConfig: limits } = found;
  if (state.Paused && isFrozen) return undefined;
  if (state.Paused) return 'The container was paused by somebody else';
  if (state.Running) return undefined;
  if (state.Status === REMOVING) return REMOVED;
  return endWords({
    exitCode: state.ExitCode,
    isOutOfMemory: state.OOMKilled,
    memoryBytes: limits.Memory ?? 0,
    lastWords: lines.at(-1) ?? state.Error,
  });
}
