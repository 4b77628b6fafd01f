import type { Workspace } from '@spt-flow/shared/api/workspaces';

type Tone = 'success' | 'warning' | 'error' | 'neutral' | 'info';

interface StateWords {
  readonly label: string;
  readonly tone: Tone;
  /** Something is going on that ends by itself. */
  readonly isMoving: boolean;
}

const STATE_WORDS: Readonly<Record<Workspace['actualState'], StateWords>> = {
  created: { label: 'Not started', tone: 'neutral', isMoving: false },
  starting: { label: 'Starting', tone: 'info', isMoving: true },
  running: { label: 'Running', tone: 'success', isMoving: false },
  stopping: { label: 'Stopping', tone: 'info', isMoving: true },
  stopped: { label: 'Stopped', tone: 'neutral', isMoving: false },
  deleting: { label: 'Deleting', tone: 'warning', isMoving: true },
  deleted: { label: 'Deleted', tone: 'neutral', isMoving: false },
  failed: { label: 'Failed', tone: 'error', isMoving: false },
};

/** workspaceWords describes a state; what was just asked for counts before the machine has begun. */
export function workspaceWords(
  workspace: Pick<Workspace, 'actualState' | 'desiredState' | 'dormancy'>,
): StateWords {
  const { actualState, desiredState, dormancy } = workspace;
  if (dormancy) return { label: 'Dormant', tone: 'neutral', isMoving: false };
  if (desiredState === 'running' && (actualState === 'created' || actualState === 'stopped'))
    return STATE_WORDS.starting;
  if (desiredState === 'stopped' && actualState === 'running') return STATE_WORDS.stopping;
  return STATE_WORDS[actualState];
}

export function canStart(workspace: Workspace): boolean {
  return (
    ['created', 'stopped', 'failed'].includes(workspace.actualState) &&
    !workspaceWords(workspace).isMoving
  );
}

/** A start or a stop can be called off; a deletion can't. */
export function canCancel(workspace: Workspace): boolean {
  return workspaceWords(workspace).isMoving && workspace.desiredState !== 'deleted';
}

export function canStop(workspace: Workspace): boolean {
  return (
    ['running', 'starting'].includes(workspace.actualState) && workspace.desiredState === 'running'
  );
}

/** isOutdated is true when another version of its template is active than the one that made it. */
export function isOutdated({ template }: Pick<Workspace, 'template'>): boolean {
  return (
    template !== null &&
    template.activeVersion !== null &&
    template.activeVersion !== template.version
  );
}
