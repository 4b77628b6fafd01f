export { createAppProbe } from './app-probe.ts';
export { createPreviewRouter, type PreviewRouter } from './preview-router.ts';
export { createPreviewTargets } from './previews-repository.ts';
