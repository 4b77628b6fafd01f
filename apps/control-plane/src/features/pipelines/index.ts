export { createForgeLogs, type ForgeLogs } from './forge-logs-repository.ts';
export {
  createPipelineRecords,
  type PipelineRecords,
  type RecordedPipeline,
} from './pipeline-records.ts';
export { registerPipelineRoutes } from './pipelines-routes.ts';
export { createPipelines, type Pipelines, type PipelinesDeps } from './pipelines.ts';
export { PIPELINES_CHANNEL } from './queue-repository.ts';
