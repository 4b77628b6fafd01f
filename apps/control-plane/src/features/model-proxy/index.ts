export { createModelProxy, type ModelProxyDeps } from './model-proxy.ts';
export { registerModelUseRoutes } from './model-use-routes.ts';
