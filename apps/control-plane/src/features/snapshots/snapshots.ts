import path from 'node:path';
import type { Database } from '@spt-flow/db/client';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ProjectsService } from '../projects/index.ts';
import type { Replicas } from '../replicas/index.ts';
import type { Workspaces } from '../workspaces/index.ts';
import { createAutomaticSnapshots } from './automatic-snapshots.ts';
import { createNewWorkspaces } from './new-workspace.ts';
import { createRemoteSnapshots } from './remote-snapshots.ts';
import { createBucket, type BucketSettings } from './s3/bucket.ts';
import { createSnapshotMaker } from './snapshot-maker.ts';
import { createSnapshotStore } from './snapshot-store.ts';
import { createSnapshotsRepository } from './snapshots-repository.ts';
import { createSnapshotsService, type SnapshotsService } from './snapshots-service.ts';

const CLEAN_UP_INTERVAL_MS = 24 * 3_600_000;
const AUTOMATIC_INTERVAL_MS = 10 * 60_000;

export interface SnapshotsDeps {
  readonly db: Database;
  readonly dataDirectory: string;
  readonly workspaces: Workspaces;
  readonly projects: ProjectsService;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly maxPerWorkspace: number;
  /** Those that nobody asks for; 0 hours: none. */
  readonly automatic: { readonly everyHours: number; readonly keep: number };
  /** Null: snapshots stay in the data directory. */
  readonly bucket: (BucketSettings & { readonly prefix: string | undefined }) | null;
  readonly installationId: string;
  /** Another replica may have begun what is not finished. */
  readonly hasReplicas: boolean;
  /** Unset: this is the only one. */
  readonly replicas?: Replicas | undefined;
  readonly onError: (error: unknown) => void;
}

export interface Snapshots {
  readonly service: SnapshotsService;
  /** Makes what is due of those that nobody asks for. */
  makeAutomatic(): Promise<void>;
  /** Cleans up, and again every day. */
  start(): void;
  close(): void;
}

/** createSnapshots puts the feature together. */
export function createSnapshots(deps: SnapshotsDeps): Snapshots {
  const { db, audit, clock, projects, maxPerWorkspace } = deps;
  const { service: workspaces, copies, places } = deps.workspaces;
  const repository = createSnapshotsRepository(db);
  const store = createSnapshotStore(path.join(deps.dataDirectory, 'snapshots'));
  const { bucket, installationId } = deps;
  const remote = createRemoteSnapshots({
    ...{ bucket: bucket && createBucket(bucket), prefix: bucket?.prefix, installationId },
  });
  const service = createSnapshotsService({
    ...{ repository, store, remote, workspaces, copies, audit, clock, maxPerWorkspace },
    maker: createSnapshotMaker({
      ...{ store, copies, clock },
      repositoryUrlOf: repository.repositoryUrlOf,
    }),
    newWorkspaces: createNewWorkspaces({
      ...{ repository, store, workspaces, copies, places, projects },
    }),
    ...{ hasReplicas: deps.hasReplicas, replicas: deps.replicas },
    onError: deps.onError,
  });
  const makeAutomatic = createAutomaticSnapshots({
    ...{ repository, service, clock, ...deps.automatic, onError: deps.onError },
  });
  const timers: NodeJS.Timeout[] = [];

  function repeat(work: () => Promise<void>, intervalMs: number): void {
    const timer = setInterval(() => void work().catch(deps.onError), intervalMs);
    timers.push(timer.unref());
  }

  return {
    ...{ service, makeAutomatic },
    start() {
      void service.cleanUp().catch(deps.onError);
      repeat(service.cleanUp, CLEAN_UP_INTERVAL_MS);
      repeat(makeAutomatic, AUTOMATIC_INTERVAL_MS);
    },
    close: () => timers.forEach(clearInterval),
  };
}
