export { createTemplates } from './templates.ts';
export type { ChosenTemplate, Chooser } from './template-choice.ts';
export { registerTemplateRoutes } from './templates-routes.ts';
