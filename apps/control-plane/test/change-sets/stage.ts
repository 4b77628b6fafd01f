import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Database } from '@spt-flow/db/client';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { useDatabases } from '../support/database.ts';
import {
  buildAgent,
  startControlPlane,
  startLiveWorkspace,
  type LiveWorkspace,
  type TestControlPlane,
} from './live-workspace.ts';

const run = promisify(execFile);

export interface Stage {
  readonly db: Database;
  readonly controlPlane: TestControlPlane;
  readonly live: LiveWorkspace;
  readonly bareDirectory: string;
  /** Asks the repository of the project. */
  bareGit(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

/** startStage is a control plane with one workspace whose agent is real, for the tests of a whole file. */
export async function startStage(db: Database): Promise<Stage> {
  const agentFolder = await buildAgent();
  const stage = await openStage(db, agentFolder);
  return {
    ...stage,
    async close() {
      await stage.close();
      await rm(agentFolder, { recursive: true, force: true });
    },
  };
}

/** useStages builds the agent once; each call gives a stage for one test. */
export function useStages(): () => Promise<Stage> {
  const createDatabase = useDatabases();
  const opened: Stage[] = [];
  let agentFolder: string;
  beforeAll(async () => {
    agentFolder = await buildAgent();
  });
  afterEach(async () => {
    for (const stage of opened.splice(0)) await stage.close();
  });
  afterAll(() => rm(agentFolder, { recursive: true, force: true }));
  return async () => {
    const stage = await openStage((await createDatabase()).db, agentFolder);
    opened.push(stage);
    return stage;
  };
}

async function openStage(db: Database, agentFolder: string): Promise<Stage> {
  const bareDirectory = await mkdtemp(path.join(tmpdir(), 'spt-flow-bare-'));
  const controlPlane = await startControlPlane(db);
  const live = await startLiveWorkspace(db, controlPlane, agentFolder);
  const repository = path.join(bareDirectory, `${live.workspace.projectId}.git`);
  return {
    ...{ db, controlPlane, live, bareDirectory },
    bareGit: async (...args) => (await run('git', ['-C', repository, ...args])).stdout,
    async close() {
      await live.close();
      await controlPlane.close();
      await rm(bareDirectory, { recursive: true, force: true });
    },
  };
}
