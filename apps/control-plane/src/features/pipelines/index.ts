export { createForgeLogs, type ForgeLogs } from './forge-logs-repository.ts';
export {
  createPipelineRecords,
  type PipelineRecords,
  type RecordedPipeline,
} from './pipeline-records.ts';
