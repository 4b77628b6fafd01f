import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { createDeferred } from '@spt-flow/tunnel/deferred';
import { unlessMissing } from './engine.ts';
import { framesOf } from './frames.ts';

const LAST_LINES = 20;
const MAX_LINE_CHARACTERS = 500;
const MIB = 1024 * 1024;

/** ContainerRun is one started container, until it ended. */
export interface ContainerRun {
  readonly container: Docker.Container;
  /** Ends what was opened for it on this machine. */
  close(): Promise<void>;
  readonly ended: Promise<string>;
  /** What its agent wrote last. */
  readonly lines: readonly string[];
  /** It is us who paused it. */
  isFrozen: boolean;
  settle(cause: string): void;
}

interface StartContainer extends Pick<ContainerRun, 'close'> {
  /** The same container, for calls that don't end with its start. */
  readonly lasting: Docker.Container;
  readonly settings: Readonly<Record<string, string>>;
}

/** startContainer hands the agent its settings over standard input, so that no inspection of the container shows them. */
export async function startContainer(
  container: Docker.Container,
  { lasting, close, settings }: StartContainer,
): Promise<ContainerRun> {
  const lines: string[] = [];
  const stdio = await container.attach({
    ...{ stream: true, stdin: true, stdout: true, stderr: true },
    hijack: true,
  });
  stdio.on('error', () => undefined); // The engine went away: the watch notices.
  const output = Readable.from(framesOf(stdio), { objectMode: false });
  output.on('error', () => undefined);
  createInterface({ input: output }).on('line', (line) => {
    lines.push(line.slice(0, MAX_LINE_CHARACTERS));
    if (lines.length > LAST_LINES) lines.shift();
  });
  await container.start();
  stdio.end(JSON.stringify(settings));
  const { promise: ended, resolve: settle } = createDeferred<string>();
  return { container: lasting, close, ended, lines, isFrozen: false, settle };
}

/** endOf says in plain words why a container does not run; undefined: it does. */
export async function endOf(run: ContainerRun): Promise<string | undefined> {
  const { container, lines, isFrozen } = run;
  const found = await unlessMissing(container.inspect());
  if (!found) return 'The container was removed by somebody else';
  const { State: state, HostConfig: limits } = found;
  if (state.Paused && isFrozen) return undefined;
  if (state.Paused) return 'The container was paused by somebody else';
  if (state.Running) return undefined;
  if (state.OOMKilled)
    return `The workspace needed more memory than its ${Math.round((limits.Memory ?? 0) / MIB)} MiB`;
  const how =
    state.ExitCode === 137
      ? 'The container was ended by SIGKILL'
      : `The agent ended with exit code ${state.ExitCode}`;
  const words = lines.at(-1) ?? state.Error;
  return words ? `${how}: ${words}` : how;
}
