import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Database } from '@spt-flow/db/client';
import {
  buildAgent,
  startControlPlane,
  startLiveWorkspace,
  type LiveWorkspace,
  type TestControlPlane,
} from './live-workspace.ts';

export interface Stage {
  readonly db: Database;
  readonly controlPlane: TestControlPlane;
  readonly live: LiveWorkspace;
  readonly bareDirectory: string;
  close(): Promise<void>;
}

/** startStage is a control plane with one workspace whose agent is real, for the tests of a whole file. */
export async function startStage(db: Database): Promise<Stage> {
  const bareDirectory = await mkdtemp(path.join(tmpdir(), 'spt-flow-bare-'));
  const controlPlane = await startControlPlane(db);
  const agentFolder = await buildAgent();
  const live = await startLiveWorkspace(db, controlPlane, agentFolder);
  return {
    ...{ db, controlPlane, live, bareDirectory },
    async close() {
      await live.close();
      await controlPlane.close();
      await rm(agentFolder, { recursive: true, force: true });
      await rm(bareDirectory, { recursive: true, force: true });
    },
  };
}
