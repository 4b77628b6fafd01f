/** Of a build and of each of its jobs. */
export const PIPELINE_STATUSES = [
  'queued',
  'running',
  'succeeded',
  'failed',
  'canceled',
  'skipped',
] as const;
export type PipelineStatus = (typeof PIPELINE_STATUSES)[number];

const FINISHED: ReadonlySet<PipelineStatus> = new Set([
  'succeeded',
  'failed',
  'canceled',
  'skipped',
]);

/** isFinished is true for a status that never changes again. */
export function isFinished(status: PipelineStatus): boolean {
  return FINISHED.has(status);
}
