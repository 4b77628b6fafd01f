export { createAppProbe } from './app-probe.ts';
export { createPreviewRouter, type PreviewRouter } from './preview-router.ts';
export { registerPreviewRoutes } from './preview-sign-in-routes.ts';
export { createPreviewTargets } from './previews-repository.ts';
