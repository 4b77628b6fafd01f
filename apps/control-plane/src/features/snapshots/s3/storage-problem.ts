import { AppError } from '@spt-flow/shared/domain/errors';

/** Why the storage of snapshots did not do what it should, for programs and in words. */
const REASONS = {
  not_configured:
    'it lies in a bucket, and SPT_FLOW_SNAPSHOT_S3_BUCKET is not set: set it as it was then',
  missing: 'it is not in the bucket: was it deleted there, or the bucket or prefix changed?',
  bucket_missing: 'the bucket does not exist: check SPT_FLOW_SNAPSHOT_S3_BUCKET, or create it',
  denied:
    'the bucket refuses spt-flow: permit it to list the bucket, and to read, write and delete what is in it',
  credentials:
    'the keys of the bucket are not accepted, or there are none: check SPT_FLOW_SNAPSHOT_S3_ACCESS_KEY_ID and its secret, or the role of this machine',
  region: 'the bucket is in another region: check SPT_FLOW_SNAPSHOT_S3_REGION',
  encryption: 'the key of the encryption cannot be used: check SPT_FLOW_SNAPSHOT_S3_KMS_KEY_ID',
  clock: 'the clocks of spt-flow and of the bucket differ: set the clock of this machine',
  full: 'the bucket is full: make room there, or raise its quota',
  busy: 'the bucket is too slow or busy: try again later',
  unreachable: 'there is no connection to the bucket: check SPT_FLOW_SNAPSHOT_S3_ENDPOINT',
  failed: 'the bucket does not do what it should: ask who runs it',
} as const;
export type StorageReason = keyof typeof REASONS;

/** What services that speak S3 call it. */
const BY_NAME = new Map<string, StorageReason>(
  Object.entries({
    NoSuchBucket: 'bucket_missing',
    NoSuchKey: 'missing',
    NotFound: 'missing',
    AccessDenied: 'denied',
    AllAccessDisabled: 'denied',
    AccountProblem: 'denied',
    InvalidAccessKeyId: 'credentials',
    SignatureDoesNotMatch: 'credentials',
    InvalidToken: 'credentials',
    ExpiredToken: 'credentials',
    XAdminUserNotFound: 'credentials',
    CredentialsProviderError: 'credentials',
    PermanentRedirect: 'region',
    AuthorizationHeaderMalformed: 'region',
    IllegalLocationConstraintException: 'region',
    RequestTimeTooSkewed: 'clock',
    EntityTooLarge: 'full',
    QuotaExceeded: 'full',
    XMinioStorageFull: 'full',
    XMinioAdminBucketQuotaExceeded: 'full',
    SlowDown: 'busy',
    RequestTimeout: 'busy',
    TimeoutError: 'busy',
  }),
);

const BY_STATUS: Readonly<Record<number, StorageReason>> = {
  ...{ 301: 'region', 403: 'denied', 429: 'busy', 503: 'busy', 507: 'full' },
};

/** Of Node, where nobody answered. */
const BY_CODE =
  /^(ECONN|ENOTFOUND|EAI_|EPIPE|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO|ERR_STREAM_PREMATURE)/;

/** storageProblem is what is thrown when the storage of snapshots does not do what it should. */
export function storageProblem(reason: StorageReason, cause?: Error): AppError {
  const said = cause ? ` (${cause.message})` : '';
  const message = `The storage of snapshots failed: ${REASONS[reason]}${said}`;
  return new AppError('snapshot_storage_failed', message, { cause, details: { reason } });
}

/** explainFailure turns what the client threw into words. Its own errors hold signed requests, which nobody may see. */
export function explainFailure(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const { name, code, status } = factsOf(error);
  const said = [name === 'Error' ? undefined : name, code, status].filter(Boolean).join(' ');
  return storageProblem(reasonOf(error), new Error(said || error.message));
}

function reasonOf(error: Error): StorageReason {
  const { name, code, status } = factsOf(error);
  if (name.startsWith('KMS.')) return 'encryption';
  const known = BY_NAME.get(name) ?? BY_NAME.get(code);
  if (known) return known;
  if (BY_CODE.test(code)) return 'unreachable';
  if (error.message.startsWith('Region is missing')) return 'region';
  return BY_STATUS[status ?? 0] ?? 'failed';
}

/** isPassing is true for what may be over at the next attempt. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof AppError) return false;
  const { status } = factsOf(error);
  const reason = reasonOf(error);
  return ['busy', 'unreachable'].includes(reason) || (reason === 'failed' && (status ?? 0) >= 500);
}

function factsOf(error: Error): { name: string; code: string; status: number | undefined } {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return { name: error.name, code, status: statusOf(error) };
}

function statusOf(error: Error): number | undefined {
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const status: unknown = 'httpStatusCode' in metadata ? metadata.httpStatusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}
