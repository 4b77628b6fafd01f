import type { ProjectLevel } from '@spt-flow/shared/domain/project-access';

/** LEVEL_ITEMS say what somebody may do in a project, in words of who builds with it. */
export const LEVEL_ITEMS: { label: string; value: ProjectLevel; description: string }[] = [
  { label: 'Can look', value: 'view', description: 'See the app, the chat and the files' },
  { label: 'Can work', value: 'use', description: 'Also chat, change it, start and stop it' },
  { label: 'Can manage', value: 'manage', description: 'Also share, rename and delete it' },
];

export function levelLabel(level: ProjectLevel): string {
  return LEVEL_ITEMS.find(({ value }) => value === level)?.label ?? level;
}
