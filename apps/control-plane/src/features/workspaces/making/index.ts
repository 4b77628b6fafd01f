export { TemplateBeforeSchema, type Blueprint } from './blueprint.ts';
export { insertWorkspace, type ChosenSettings, type NewWorkspace } from './insert-workspace.ts';
export { createWorkspacePreview, type PreviewWorkspace } from './preview.ts';
export { createReadyRepository, type ReadyRepository } from './ready-repository.ts';
export { remake } from './remake.ts';
