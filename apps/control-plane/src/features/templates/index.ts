export { createTemplates } from './templates.ts';
export type { ChosenTemplate } from './template-choice.ts';
export { registerTemplateRoutes } from './templates-routes.ts';
