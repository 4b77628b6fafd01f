import type { Bucket, KeptFile } from './s3/bucket.ts';
import { storageProblem } from './s3/storage-problem.ts';

/** A database that was restored from an older copy does not know the snapshots since: time enough to notice. */
const UNKNOWN_FOR_MS = 7 * 24 * 3_600_000;
const SNAPSHOT = /\/([0-9a-f-]{36})\.spt-flow\.tar$/;

/** Who a snapshot belongs to. Names are no part of where it lies: they change, and say something. */
export interface SnapshotKey {
  readonly organizationId: string;
  readonly id: string;
}

export interface RemoteSnapshotsDeps {
  /** Null: none is configured. */
  readonly bucket: Bucket | null;
  readonly prefix: string | undefined;
  /** Several installations may share a bucket, and none touches what another one has. */
  readonly installationId: string;
}

export type RemoteSnapshots = ReturnType<typeof createRemoteSnapshots>;

/** createRemoteSnapshots keeps each snapshot as one file in a bucket: the backup that anybody can download and restore. */
export function createRemoteSnapshots({ bucket, prefix, installationId }: RemoteSnapshotsDeps) {
  const root = `${prefix === undefined ? '' : `${prefix}/`}${installationId}/`;
  const keyOf = ({ organizationId, id }: SnapshotKey) =>
    `${root}${organizationId}/${id}.spt-flow.tar`;

  /** What was kept while there was a bucket. */
  function given(): Bucket {
    if (!bucket) throw storageProblem('not_configured');
    return bucket;
  }

  return {
    isOn: bucket !== null,
    put: (snapshot: SnapshotKey, file: KeptFile): Promise<void> =>
      given().put(keyOf(snapshot), file),
    get: async (snapshot: SnapshotKey): Promise<KeptFile> => given().get(keyOf(snapshot)),
    remove: async (snapshot: SnapshotKey): Promise<void> => given().remove(keyOf(snapshot)),

    /** Removes what no row tells of, and uploads that were begun until then and not finished. */
    async cleanUp(known: ReadonlySet<string>, { now, until }: { now: Date; until: Date }) {
      if (!bucket) return;
      await bucket.abandonUploads(root, until);
      for (const { key, modifiedAt } of await bucket.list(root)) {
        const id = SNAPSHOT.exec(key)?.[1];
        const isOld = now.getTime() - modifiedAt.getTime() > UNKNOWN_FOR_MS;
        if (id !== undefined && isOld && !known.has(id)) await bucket.remove(key);
      }
    },
  };
}
