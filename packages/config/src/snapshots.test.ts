import { expect, test } from 'vitest';
import { readControlPlaneConfig } from './control-plane.ts';

const BUCKET = { SPT_FLOW_SNAPSHOT_S3_BUCKET: 'backups' };

function read(environment: Record<string, string>) {
  const start = readControlPlaneConfig([], environment, { dataDirectory: '/data' });
  if (start.kind === 'help') throw new Error('asked for help');
  return { bucket: start.config.snapshots.bucket, key: start.secrets.snapshotKey };
}

test('snapshots stay in the data directory unless there is a bucket', () => {
  expect(read({})).toEqual({ bucket: null, key: undefined });
});

test('a bucket on AWS leaves the rest to its tools, and one elsewhere is addressed by its path', () => {
  expect(read(BUCKET).bucket).toEqual({ name: 'backups', isPathStyle: false });
  expect(read({ ...BUCKET, SPT_FLOW_SNAPSHOT_S3_ENDPOINT: 'http://minio:9000' }).bucket).toEqual({
    ...{ name: 'backups', endpoint: 'http://minio:9000', region: 'us-east-1', isPathStyle: true },
  });
});

test.each([
  [{ SPT_FLOW_SNAPSHOT_S3_REGION: 'eu-west-1' }, 'REGION needs SPT_FLOW_SNAPSHOT_S3_BUCKET'],
  [{ ...BUCKET, SPT_FLOW_SNAPSHOT_S3_ACCESS_KEY_ID: 'a' }, 'belong together'],
  [{ ...BUCKET, SPT_FLOW_SNAPSHOT_S3_KMS_KEY_ID: 'k' }, 'aws:kms'],
  [{ ...BUCKET, SPT_FLOW_SNAPSHOT_S3_PREFIX: '../other' }, 'must be like'],
  [{ SPT_FLOW_SNAPSHOT_S3_BUCKET: 's3://backups' }, 'the name of a bucket'],
])('%j is refused', (environment, words) => {
  expect(() => read(environment)).toThrow(words);
});
