import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '@spt-flow/shared/domain/errors';

/** AgentProgram is the agent as one executable, for one platform. */
export interface AgentProgram {
  readonly platform: string;
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export type FindAgentProgram = (platform: string) => Promise<AgentProgram>;

/** createAgentProgramFinder looks among what the build of the agent left; each file is read once. */
export function createAgentProgramFinder(directory: string): FindAgentProgram {
  const known = new Map<string, AgentProgram>();
  const native = `${process.platform}-${process.arch}`;

  return async (platform) => {
    const names = [
      `spt-flow-agent-${platform}`,
      ...(platform === native ? ['spt-flow-agent'] : []),
    ];
    for (const name of names) {
      const file = path.join(directory, name);
      const found = await stat(file).catch(() => undefined);
      if (!found) continue;
      const version = `${file}:${found.size}:${found.mtimeMs}`;
      const program = known.get(version) ?? {
        ...{ platform, file, sizeBytes: found.size },
        sha256: await hashOf(file),
      };
      known.set(version, program);
      return program;
    }
    throw new AppError(
      'workspace_start_failed',
      `This installation has no agent for ${platform}: run "npm run build:executables ${platform}" and start the workspace again`,
    );
  };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
