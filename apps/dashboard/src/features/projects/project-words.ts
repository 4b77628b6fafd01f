import type { Project } from '@spt-flow/shared/api/projects';
import { workspaceWords } from '../workspaces/workspace-words.ts';

interface ProjectWords {
  readonly label: string;
  readonly tone: 'success' | 'warning' | 'error' | 'neutral' | 'info';
  readonly isMoving: boolean;
}

const BUSY: Partial<Record<Project['status'], ProjectWords>> = {
  generating: { label: 'Being written', tone: 'info', isMoving: true },
  building: { label: 'Being put together', tone: 'info', isMoving: true },
};

/** projectWords is the one state a builder sees: what happens to the app now, else whether it is online. */
export function projectWords(project: Project): ProjectWords {
  const busy = BUSY[project.status];
  if (busy) return busy;
  const { workspace } = project;
  if (!workspace) return { label: 'No machine yet', tone: 'neutral', isMoving: false };
  const machine = workspaceWords(workspace);
  if (machine.isMoving || machine.tone === 'error') return machine;
  if (workspace.actualState !== 'running')
    return { label: 'Asleep', tone: 'neutral', isMoving: false };
  if (project.status === 'failed')
    return { label: 'Needs attention', tone: 'warning', isMoving: false };
  if (project.status === 'created')
    return { label: 'Ready to begin', tone: 'neutral', isMoving: false };
  return { label: 'Online', tone: 'success', isMoving: false };
}
