import type { Readable } from 'node:stream';
import type { ScriptParser } from '../../runtime/runtime.ts';
import { AgentError, messageOf } from '../../system/errors.ts';
import type { StageResult } from '../manifest.ts';
import { stageChangeSet } from './stage.ts';

export interface StageMain {
  readonly input: Readable;
  readonly directories: readonly string[];
  readonly parseScript: ScriptParser;
}

/** What the staging child prints for the agent. */
export async function runStage({ input, directories, parseScript }: StageMain): Promise<string> {
  const [stageDirectory = '', projectDirectory = ''] = directories;
  return JSON.stringify(await attempt());

  async function attempt(): Promise<StageResult> {
    try {
      return {
        ok: true,
        manifest: await stageChangeSet({
          body: input,
          stageDirectory,
          projectDirectory,
          parseScript,
        }),
      };
    } catch (error) {
      return { ok: false, code: codeOf(error), message: messageOf(error) };
    }
  }
}

function codeOf(error: unknown): Extract<StageResult, { ok: false }>['code'] {
  if (!(error instanceof AgentError)) return 'internal';
  const { code } = error;
  return code === 'bad_request' || code === 'path_not_permitted' || code === 'too_large'
    ? code
    : 'internal';
}
