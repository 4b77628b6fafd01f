import type { Project } from '@spt-flow/shared/api/projects';
import { inject, type InjectionKey, type Ref } from 'vue';

export const CURRENT_PROJECT: InjectionKey<Readonly<Ref<Project>>> = Symbol('current project');

/** useCurrentProject gives pages inside a project the project; its data is current by live events. */
export function useCurrentProject(): Readonly<Ref<Project>> {
  const project = inject(CURRENT_PROJECT);
  if (!project) throw new Error('This page belongs inside a project');
  return project;
}
