export { createPromptsRepository } from './prompts-repository.ts';
export { registerPromptRoutes } from './prompts-routes.ts';
export { createPromptsService } from './prompts-service.ts';
