import type { Pipeline, PipelineJob } from '@spt-flow/shared/api/pipelines';
import type { PipelineStatus } from '@spt-flow/shared/domain/pipeline-status';
import { readable } from '../../lib/readable.ts';

interface StatusWords {
  readonly label: string;
  readonly tone: 'success' | 'warning' | 'error' | 'neutral' | 'info';
}

export const STATUS_WORDS: Readonly<Record<PipelineStatus, StatusWords>> = {
  queued: { label: 'Waiting', tone: 'neutral' },
  running: { label: 'Running', tone: 'info' },
  succeeded: { label: 'Passed', tone: 'success' },
  failed: { label: 'Failed', tone: 'error' },
  canceled: { label: 'Canceled', tone: 'neutral' },
  skipped: { label: 'Left out', tone: 'neutral' },
};

const TRIGGER_WORDS: Readonly<Record<Pipeline['trigger'], string>> = {
  push: 'because of a commit',
  publish: 'because it was put online',
  person: 'by',
  retry: 'again by',
  forge: 'by the forge',
};

/** whoWords says who, or what, had it run. */
export function whoWords({ trigger, requestedBy }: Pipeline): string {
  const words = TRIGGER_WORDS[trigger];
  return words.endsWith('by') ? `${words} ${requestedBy ?? 'somebody'}` : words;
}

/** progressOf is how much of it is behind it: 0 to 100. */
export function progressOf(jobs: readonly PipelineJob[]): number {
  if (jobs.length === 0) return 0;
  const over = jobs.filter(({ status }) => status !== 'queued' && status !== 'running');
  return Math.round((over.length / jobs.length) * 100);
}

/** durationOf is undefined before it began. */
export function durationOf(
  { startedAt, finishedAt }: Pick<PipelineJob, 'startedAt' | 'finishedAt'>,
  nowMs: number,
): number | undefined {
  if (startedAt === null) return undefined;
  return Math.max(
    0,
    (finishedAt === null ? nowMs : Date.parse(finishedAt)) - Date.parse(startedAt),
  );
}

/** fixRequest is what the chat is asked when something failed. */
export function fixRequest({ number, message }: Pipeline): string {
  return `The checks failed (build ${number}). Please fix it:\n\n${readable(message ?? '')}`;
}
