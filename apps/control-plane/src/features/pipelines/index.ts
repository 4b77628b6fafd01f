export {
  createPipelineRecords,
  type PipelineRecords,
  type RecordedPipeline,
} from './pipeline-records.ts';
