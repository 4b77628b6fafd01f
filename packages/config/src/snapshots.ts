import * as z from 'zod';
import { ConfigError } from './config-error.ts';

const Given = z.string().min(1).optional();

/** How many snapshots there are, and where: beside the database, or in a bucket. */
export const SNAPSHOT_VARIABLES = {
  MAX_SNAPSHOTS_PER_WORKSPACE: z.coerce.number().int().min(1).default(10),
  SPT_FLOW_SNAPSHOT_HOURS: z.coerce.number().int().min(0).max(8_760).default(0),
  SPT_FLOW_SNAPSHOT_KEEP: z.coerce.number().int().min(1).max(1_000).default(7),
  SPT_FLOW_SNAPSHOT_S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/i, 'must be the name of a bucket alone')
    .optional(),
  SPT_FLOW_SNAPSHOT_S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  SPT_FLOW_SNAPSHOT_S3_REGION: Given,
  SPT_FLOW_SNAPSHOT_S3_PREFIX: z
    .string()
    .regex(/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/, 'must be like backups/spt-flow')
    .optional(),
  SPT_FLOW_SNAPSHOT_S3_PATH_STYLE: z.stringbool().optional(),
  SPT_FLOW_SNAPSHOT_S3_ENCRYPTION: z.enum(['AES256', 'aws:kms']).optional(),
  SPT_FLOW_SNAPSHOT_S3_KMS_KEY_ID: Given,
  SPT_FLOW_SNAPSHOT_S3_ACCESS_KEY_ID: Given,
  SPT_FLOW_SNAPSHOT_S3_SECRET_ACCESS_KEY: Given,
};
type Variables = z.infer<z.ZodObject<typeof SNAPSHOT_VARIABLES>>;

/** Their rows in the help. */
export const SNAPSHOT_HELP = [
  ['', 'MAX_SNAPSHOTS_PER_WORKSPACE', 'how many snapshots people may make of a workspace (10)'],
  ['', 'SPT_FLOW_SNAPSHOT_HOURS', 'hours from one automatic snapshot to the next; 0: none (0)'],
  ['', 'SPT_FLOW_SNAPSHOT_KEEP', 'how many automatic ones a workspace has at most (7)'],
  ['', 'SPT_FLOW_SNAPSHOT_S3_BUCKET', 'bucket that snapshots are kept in (the data directory)'],
  ['', 'SPT_FLOW_SNAPSHOT_S3_ENDPOINT', 'URL of the server, which is any that speaks S3 (AWS)'],
  ['', 'SPT_FLOW_SNAPSHOT_S3_REGION', 'region of the bucket (as tools of AWS find it)'],
  ['', 'SPT_FLOW_SNAPSHOT_S3_PREFIX', 'what their keys begin with, as backups/spt-flow (none)'],
  ['', 'SPT_FLOW_SNAPSHOT_S3_PATH_STYLE', 'the bucket is no part of the host (true off AWS)'],
  ['', 'SPT_FLOW_SNAPSHOT_S3_ENCRYPTION', 'on the server: AES256 or aws:kms (that of the bucket)'],
  ['', 'SPT_FLOW_SNAPSHOT_S3_KMS_KEY_ID', 'ARN or id of the key for aws:kms (that of the account)'],
  ['', 'SPT_FLOW_SNAPSHOT_S3_ACCESS_KEY_ID', 'who writes there (as tools of AWS find it: a role)'],
  ['', 'SPT_FLOW_SNAPSHOT_S3_SECRET_ACCESS_KEY', 'its secret'],
] as const;

/** snapshotsOf says which snapshots there are, and where; ConfigError where settings miss each other. */
export function snapshotsOf(variables: Variables) {
  return {
    maxPerWorkspace: variables.MAX_SNAPSHOTS_PER_WORKSPACE,
    /** Those that are made without being asked; 0 hours: none are. */
    automatic: {
      everyHours: variables.SPT_FLOW_SNAPSHOT_HOURS,
      keep: variables.SPT_FLOW_SNAPSHOT_KEEP,
    },
    bucket: bucketOf(variables),
  };
}

function bucketOf(variables: Variables) {
  const {
    SPT_FLOW_SNAPSHOT_S3_BUCKET: name,
    SPT_FLOW_SNAPSHOT_S3_ENDPOINT: endpoint,
    SPT_FLOW_SNAPSHOT_S3_ENCRYPTION: encryption,
    SPT_FLOW_SNAPSHOT_S3_KMS_KEY_ID: kmsKey,
  } = variables;
  if (name === undefined) {
    const [lonely] = Object.entries(variables).find(isOfBucket) ?? [];
    if (lonely !== undefined) throw new ConfigError(`${lonely} needs SPT_FLOW_SNAPSHOT_S3_BUCKET`);
    return null;
  }
  if (kmsKey !== undefined && encryption !== 'aws:kms')
    throw new ConfigError(
      'SPT_FLOW_SNAPSHOT_S3_KMS_KEY_ID needs SPT_FLOW_SNAPSHOT_S3_ENCRYPTION=aws:kms',
    );
  return {
    name,
    /** Unset: that of AWS in the region. */
    endpoint,
    /** Servers of one's own have no regions, but requests are signed with one; unset on AWS: as its tools find it. */
    region: variables.SPT_FLOW_SNAPSHOT_S3_REGION ?? (endpoint && 'us-east-1'),
    prefix: variables.SPT_FLOW_SNAPSHOT_S3_PREFIX,
    /** The bucket is part of the path and not of the host's name, which few servers but AWS have certificates for. */
    isPathStyle: variables.SPT_FLOW_SNAPSHOT_S3_PATH_STYLE ?? endpoint !== undefined,
    /** Unset: as the bucket says. */
    encryption,
    /** Unset: the account's own. */
    kmsKey,
  };
}

function isOfBucket([name, value]: [string, unknown]): boolean {
  return name.startsWith('SPT_FLOW_SNAPSHOT_S3_') && value !== undefined;
}

/** snapshotKeyOf is who writes to the bucket; undefined: whom the chain of AWS finds, e.g. the role of the machine or pod. */
export function snapshotKeyOf(variables: Variables) {
  const {
    SPT_FLOW_SNAPSHOT_S3_ACCESS_KEY_ID: accessKeyId,
    SPT_FLOW_SNAPSHOT_S3_SECRET_ACCESS_KEY: secretAccessKey,
  } = variables;
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId !== undefined && secretAccessKey !== undefined)
    return { accessKeyId, secretAccessKey };
  throw new ConfigError(
    'SPT_FLOW_SNAPSHOT_S3_ACCESS_KEY_ID and SPT_FLOW_SNAPSHOT_S3_SECRET_ACCESS_KEY belong together: give both or none',
  );
}
