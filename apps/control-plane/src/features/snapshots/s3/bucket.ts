import { Readable } from 'node:stream';
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { resumedStream } from './resumed-stream.ts';
import { explainFailure, storageProblem } from './storage-problem.ts';

const MIB = 1024 ** 2;
/** At most three parts are in memory at a time. */
const PART_BYTES = 8 * MIB;
const PARTS_AT_ONCE = 3;
const MAX_PARTS = 10_000;
const CONNECT_LIMIT_MS = 10_000;
/** Without a byte in either direction. */
const SILENCE_LIMIT_MS = 60_000;
/** With longer and longer waits in between: some seconds in all. */
const MAX_ATTEMPTS = 8;

export interface BucketSettings {
  readonly name: string;
  /** Unset: that of AWS in the region. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly isPathStyle: boolean;
  /** Unset: as the bucket says. */
  readonly encryption: 'AES256' | 'aws:kms' | undefined;
  readonly kmsKey: string | undefined;
  /** Unset: whom the chain of AWS finds. */
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

/** KeptFile is a file whose size is known before its first byte. */
export interface KeptFile {
  readonly stream: Readable;
  readonly sizeBytes: number;
}

export type Bucket = ReturnType<typeof createBucket>;

/** createBucket keeps files on AWS, or on any server that speaks S3. All it throws is AppError `snapshot_storage_failed`. */
export function createBucket(settings: BucketSettings) {
  const Bucket = settings.name;
  let opened: ReturnType<typeof connect> | undefined;
  const open = () => (opened ??= connect(settings));

  async function explained<T>(work: (client: Client) => Promise<T>): Promise<T> {
    try {
      return await work(await open());
    } catch (error) {
      throw explainFailure(error);
    }
  }

  return {
    /** Whole or not at all: until the last byte is there nobody sees any of it. */
    async put(key: string, { stream, sizeBytes }: KeptFile): Promise<void> {
      const broken: Error[] = [];
      stream.on('error', (error) => {
        // That is how whoever reads it gives up.
        if (error.name !== 'AbortError') broken.push(error);
      });
      const sent = explained(async ({ s3, sdk, Upload }) => {
        const params = { Bucket, Key: key, Body: stream, ContentLength: sizeBytes };
        const upload = new Upload({
          client: s3,
          partSize: Math.max(PART_BYTES, Math.ceil(sizeBytes / MAX_PARTS)),
          queueSize: PARTS_AT_ONCE,
          params: { ...params, ...encryption(settings) },
        });
        await upload.done();
        const { ContentLength } = await s3.send(new sdk.HeadObjectCommand({ Bucket, Key: key }));
        if (ContentLength !== sizeBytes)
          throw storageProblem('failed', new Error(`${ContentLength} of ${sizeBytes} bytes came`));
      });
      await sent.catch((error: unknown) => {
        // The bucket has no part in what could not be read here.
        throw broken[0] ?? error;
      });
    },

    /** The stream goes on by itself where the connection is cut. */
    get: (key: string): Promise<KeptFile> =>
      explained(async ({ s3, sdk }) => {
        const ask = (from: number, etag?: string) => {
          const rest = from > 0 ? { Range: `bytes=${from}-`, IfMatch: etag } : {};
          return s3.send(new sdk.GetObjectCommand({ Bucket, Key: key, ...rest }));
        };
        const first = await ask(0);
        const sizeBytes = first.ContentLength ?? 0;
        const open = async (from: number) => bodyOf(await ask(from, first.ETag));
        return { sizeBytes, stream: readable(resumedStream(bodyOf(first), { sizeBytes, open })) };
      }),

    /** Says nothing of what was not there. */
    remove: (key: string): Promise<void> =>
      explained(async ({ s3, sdk }) => {
        await s3.send(new sdk.DeleteObjectCommand({ Bucket, Key: key }));
      }),

    list: (prefix: string): Promise<{ key: string; modifiedAt: Date }[]> =>
      explained(async ({ s3, sdk }) => {
        const found: { key: string; modifiedAt: Date }[] = [];
        const pages = sdk.paginateListObjectsV2({ client: s3 }, { Bucket, Prefix: prefix });
        for await (const { Contents = [] } of pages)
          for (const { Key, LastModified } of Contents)
            if (Key !== undefined && LastModified)
              found.push({ key: Key, modifiedAt: LastModified });
        return found;
      }),

    /** Removes what was sent until then of files that nobody finishes. */
    abandonUploads: (prefix: string, until: Date): Promise<void> =>
      explained(async ({ s3, sdk }) => {
        const at: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
        for (let isMore = true; isMore;) {
          const command = new sdk.ListMultipartUploadsCommand({ Bucket, Prefix: prefix, ...at });
          const { Uploads = [], IsTruncated, ...next } = await s3.send(command);
          for (const { Key, UploadId, Initiated } of Uploads)
            if (Initiated && Initiated <= until)
              await s3.send(new sdk.AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
          at.KeyMarker = next.NextKeyMarker;
          at.UploadIdMarker = next.NextUploadIdMarker;
          isMore = IsTruncated === true;
        }
      }),
  };
}

type Client = Awaited<ReturnType<typeof connect>>;

/** The client takes 25 MB, which only those pay who have a bucket. */
async function connect({ endpoint, region, isPathStyle, key }: BucketSettings) {
  const sdk = await import('@aws-sdk/client-s3');
  const { Upload } = await import('@aws-sdk/lib-storage');
  const s3: S3Client = new sdk.S3Client({
    ...{ forcePathStyle: isPathStyle, maxAttempts: MAX_ATTEMPTS },
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    // What comes is compared with the sums that are in it, whoever keeps it.
    responseChecksumValidation: 'WHEN_REQUIRED',
    // It writes into what it is given.
    ...(key && { credentials: { ...key } }),
    requestHandler: { connectionTimeout: CONNECT_LIMIT_MS, socketTimeout: SILENCE_LIMIT_MS },
  });
  return { s3, sdk, Upload };
}

function encryption({ encryption: kind, kmsKey }: BucketSettings) {
  return {
    ...(kind && { ServerSideEncryption: kind }),
    ...(kmsKey !== undefined && { SSEKMSKeyId: kmsKey }),
  };
}

function bodyOf({ Body }: GetObjectCommandOutput): Readable {
  // Whoever reads it is told; until then nobody listens.
  if (Body instanceof Readable) return Body.on('error', () => undefined);
  throw storageProblem('failed', new Error('The answer has no body'));
}

/** In bytes, and with words for what goes wrong in the middle. */
function readable(chunks: AsyncIterable<Uint8Array>): Readable {
  async function* told() {
    try {
      yield* chunks;
    } catch (error) {
      throw explainFailure(error);
    }
  }
  return Readable.from(told(), { objectMode: false });
}
