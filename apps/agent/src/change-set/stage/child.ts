import { text } from 'node:stream/consumers';
import type { Readable, Writable } from 'node:stream';
import type { Environment, SpawnGroup } from '../../runtime/spawn-group.ts';
import { signalGroup } from '../../processes/process-group.ts';
import { AgentError } from '../../system/errors.ts';
import { StageResultSchema, type Manifest } from '../manifest.ts';

const STAGE_TIMEOUT_MS = 60_000;

export type Stage = (body: Readable, stageDirectory: string) => Promise<Manifest>;

export interface StageChildDeps {
  readonly spawn: SpawnGroup;
  /** Runs this program as `stage <stage directory> <project directory>`. */
  readonly command: readonly string[];
  readonly projectDirectory: string;
  readonly environment: Environment;
}

/** Parsing costs memory that a process never gives back, so a short-lived child does it. */
export function createStageChild(deps: StageChildDeps): Stage {
  return async (body, stageDirectory) => {
    const argv = [...deps.command, stageDirectory, deps.projectDirectory];
    const group = await deps.spawn({ argv, cwd: '/', env: deps.environment });
    const timer = setTimeout(() => signalGroup(group.id, 'SIGKILL'), STAGE_TIMEOUT_MS);
    pipeInput(body, group.stdin);
    const [output, complaint, exit] = await Promise.all([
      text(group.stdout),
      text(group.stderr),
      group.closed,
    ]);
    clearTimeout(timer);
    if (exit.exitCode !== 0) {
      throw new AgentError(
        'internal',
        `Checking the change set failed (exit code ${exit.exitCode}): ${complaint.slice(-2_000)}`,
      );
    }
    const result = StageResultSchema.parse(JSON.parse(output));
    if (!result.ok) throw new AgentError(result.code, result.message);
    return result.manifest;
  };
}

/** The child may refuse early and close its input; its answer says why. */
function pipeInput(body: Readable, input: Writable): void {
  input.on('close', () => {
    body.unpipe(input);
    body.resume();
  });
  // A body that breaks off ends the input, and the child finds half a document.
  body.once('close', () => input.end());
  body.pipe(input);
}
