import * as z from 'zod';
import { PIPELINE_STATUSES } from '../domain/pipeline-status.ts';
import {
  HandleParamsSchema,
  IdSchema,
  PageQuerySchema,
  TimestampSchema,
  pageOf,
} from './common.ts';
import { defineRoute } from './route.ts';

const StatusSchema = z.enum(PIPELINE_STATUSES);
/** How much there is of what a job printed; `cut`: its beginning. */
export const LOG_COVERAGES = ['none', 'running', 'whole', 'cut', 'removed'] as const;
export const PIPELINE_TRIGGERS = ['push', 'publish', 'person', 'retry', 'forge'] as const;

export const PipelineJobSchema = z.object({
  id: IdSchema,
  name: z.string(),
  stage: z.string(),
  status: StatusSchema,
  /** Its failure does not fail the build. */
  mayFail: z.boolean(),
  exitCode: z.number().int().nullable(),
  /** Why it failed, or was not run. */
  message: z.string().nullable(),
  logCoverage: z.enum(LOG_COVERAGES),
  /** Null: there are none, or they were removed. */
  artifacts: z.object({ bytes: z.number().int(), expiresAt: TimestampSchema }).nullable(),
  startedAt: TimestampSchema.nullable(),
  finishedAt: TimestampSchema.nullable(),
});
export type PipelineJob = z.infer<typeof PipelineJobSchema>;

/** A build of a project. */
export const PipelineSchema = z.object({
  id: IdSchema,
  /** Within the project, from 1. */
  number: z.number().int(),
  source: z.enum(['embedded', 'gitlab']),
  /** At the forge that runs it. */
  url: z.string().nullable(),
  trigger: z.enum(PIPELINE_TRIGGERS),
  /** Null: nobody known here. */
  requestedBy: z.string().nullable(),
  ref: z.string(),
  commit: z.string(),
  /** The first line of the commit's message. */
  title: z.string().nullable(),
  status: StatusSchema,
  stage: z.string().nullable(),
  message: z.string().nullable(),
  isCancelRequested: z.boolean(),
  jobs: z.array(PipelineJobSchema),
  createdAt: TimestampSchema,
  startedAt: TimestampSchema.nullable(),
  finishedAt: TimestampSchema.nullable(),
});
export type Pipeline = z.infer<typeof PipelineSchema>;

export const PipelineLogPieceSchema = z.object({
  cursor: z.number().int(),
  jobId: IdSchema,
  text: z.string(),
});
export type PipelineLogPiece = z.infer<typeof PipelineLogPieceSchema>;

/** One build: `build` is its number, or `latest`. */
const BuildParamsSchema = HandleParamsSchema.extend({ build: z.string().min(1).max(64) });

const PipelineSettingsSchema = z.strictObject({
  /** Commits on the main branch are built as they come. */
  onPush: z.boolean(),
});

/** Not JSON: a gzipped tar archive. */
export const ARTIFACTS_PATH = '/api/v1/projects/:handle/pipelines/:build/jobs/:jobId/artifacts';
export const ARTIFACTS_CONTENT_TYPE = 'application/gzip';
export const ArtifactsParamsSchema = BuildParamsSchema.extend({ jobId: IdSchema });

export const pipelineRoutes = {
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/projects/:handle/pipelines',
    access: 'read',
    summary: 'Builds of a project, the newest first',
    params: HandleParamsSchema,
    query: PageQuerySchema,
    response: pageOf(PipelineSchema),
  }),
  run: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/pipelines',
    access: 'write',
    status: 202,
    summary: 'Build the newest commit of a branch',
    params: HandleParamsSchema,
    body: z.strictObject({
      /** Absent: the branch that is checked out. */
      ref: z.string().min(1).max(255).optional(),
    }),
    response: PipelineSchema,
  }),
  get: defineRoute({
    method: 'GET',
    path: '/api/v1/projects/:handle/pipelines/:build',
    access: 'read',
    summary: 'One build with its jobs',
    params: BuildParamsSchema,
    response: PipelineSchema,
  }),
  log: defineRoute({
    method: 'GET',
    path: '/api/v1/projects/:handle/pipelines/:build/log',
    access: 'read',
    summary: 'What the jobs of a build printed, from a cursor on',
    params: BuildParamsSchema,
    query: z.object({
      after: z.coerce.number().int().min(0).default(0),
      jobId: IdSchema.optional(),
      limit: z.coerce.number().int().min(1).max(200).default(100),
    }),
    response: z.object({ items: z.array(PipelineLogPieceSchema), isWhole: z.boolean() }),
  }),
  cancel: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/pipelines/:build/cancel',
    access: 'write',
    status: 202,
    summary: 'End a build that waits or runs',
    params: BuildParamsSchema,
    response: PipelineSchema,
  }),
  retry: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/pipelines/:build/retry',
    access: 'write',
    status: 202,
    summary: 'Build the same commit again',
    params: BuildParamsSchema,
    response: PipelineSchema,
  }),
  settings: defineRoute({
    method: 'GET',
    path: '/api/v1/projects/:handle/pipeline-settings',
    access: 'read',
    summary: 'When a project is built by itself',
    params: HandleParamsSchema,
    response: PipelineSettingsSchema,
  }),
  setSettings: defineRoute({
    method: 'PUT',
    path: '/api/v1/projects/:handle/pipeline-settings',
    access: 'write',
    summary: 'Say when a project is built by itself',
    params: HandleParamsSchema,
    body: PipelineSettingsSchema,
    response: PipelineSettingsSchema,
  }),
};
