import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import * as z from 'zod';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { PullWatch } from '../../provider.ts';
import { fullWords, isOutOfDisk, wordsOf } from '../engine/engine.ts';
import { linesOf } from '../engine/lines.ts';
import { unusable } from './image-facts.ts';

const STALL_MS = 60_000;
const MB = 1e6;
/** Images have 127 at most. */
const MAX_LAYERS = 1_000;

const ProgressSchema = z.object({
  id: z.string().default(''),
  status: z.string().default(''),
  error: z.string().optional(),
  progressDetail: z
    .object({ current: z.number().optional(), total: z.number().optional() })
    .default({}),
});
type Progress = z.infer<typeof ProgressSchema>;

export interface Pull extends PullWatch {
  readonly name: string;
  /** A pull that shows no progress for so long is given up. */
  readonly stallMs?: number | undefined;
}

/** pullImage has the engine fetch an image; AppError says what stands in the way: registry, disk or processor. */
export async function pullImage(
  api: Docker,
  { name, signal, onProgress, stallMs = STALL_MS }: Pull,
): Promise<void> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(gaveUp(name, stallMs)), stallMs);
  const cancel = () => stop.abort(signal.reason);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    const stream = await api.pull(name, { abortSignal: stop.signal });
    // The client's own signal ends with the request: an answer that has begun is ended here.
    const answer = stream instanceof Readable ? stream : new Readable().wrap(stream);
    stop.signal.addEventListener('abort', () => answer.destroy());
    stop.signal.throwIfAborted();
    const layers = new Map<string, Progress>();
    for await (const line of linesOf(answer)) {
      timer.refresh();
      const progress = ProgressSchema.parse(JSON.parse(line));
      if (progress.error !== undefined) throw new Error(progress.error);
      if (layers.size > MAX_LAYERS) throw new Error('The engine tells of too many layers');
      layers.set(progress.id, withSize(progress, layers.get(progress.id)));
      onProgress(wordsFor([...layers.values()]));
    }
    stop.signal.throwIfAborted();
  } catch (error) {
    stop.signal.throwIfAborted();
    throw explain(name, wordsOf(error));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}

/** What a layer says once it is there has no size any more. */
function withSize(progress: Progress, before: Progress | undefined): Progress {
  const total = before?.progressDetail.total;
  if (progress.progressDetail.total !== undefined || total === undefined) return progress;
  return { ...progress, progressDetail: { current: total, total } };
}

/** Of the layers whose size is known. */
function wordsFor(layers: readonly Progress[]): string {
  const sized = layers.filter(({ progressDetail }) => progressDetail.total !== undefined);
  const sum = (key: 'current' | 'total') =>
    sized.reduce((bytes, { progressDetail }) => bytes + (progressDetail[key] ?? 0), 0);
  const verb = sized.some(({ status }) => status === 'Downloading') ? '' : 'unpacking, ';
  return `${verb}${(sum('current') / MB).toFixed(1)} of ${(sum('total') / MB).toFixed(1)} MB`;
}

function gaveUp(name: string, stallMs: number): AppError {
  return new AppError(
    'image_pull_stalled',
    `Nothing of the image "${name}" arrived for ${stallMs / 1_000} seconds`,
  );
}

function explain(name: string, words: string): AppError {
  if (isOutOfDisk(words))
    return new AppError('engine_disk_full', fullWords(`the image "${name}"`, words));
  if (
    /no matching manifest|does not match the specified platform|cannot be used on this platform/i.test(
      words,
    )
  )
    return new AppError(
      'image_wrong_platform',
      `The image "${name}" is not made for the processor of this machine (${words})`,
    );
  return unusable(name, `it is not in the engine, and could not be pulled (${words})`);
}
