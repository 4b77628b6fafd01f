export { createAppProbe, type AppProbe } from './app-probe.ts';
export { createPreviewRouter, type PreviewRouter } from './preview-router.ts';
export { registerPreviewRoutes } from './preview-sign-in-routes.ts';
export { createPreviewTargets, type PreviewTargets } from './previews-repository.ts';
