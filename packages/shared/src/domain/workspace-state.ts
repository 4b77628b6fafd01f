/** What the owner wants. */
export const DESIRED_STATES = ['running', 'stopped', 'deleted'] as const;
/** What is there, as far as the control plane knows. */
export const ACTUAL_STATES = [
  'created',
  'starting',
  'running',
  'stopping',
  'stopped',
  'deleting',
  'deleted',
  'failed',
] as const;
export const TRANSITION_KINDS = ['start', 'stop', 'delete', 'update'] as const;

export type DesiredState = (typeof DESIRED_STATES)[number];
export type ActualState = (typeof ACTUAL_STATES)[number];
export type TransitionKind = (typeof TRANSITION_KINDS)[number];

/** How long a state may last before the reconciler calls the transition failed. */
export const DEADLINE_SECONDS: Readonly<Record<TransitionKind, number>> = {
  start: 120,
  stop: 30,
  delete: 60,
  update: 120,
};

/** transitionFor returns what must be done to move actual toward desired, or undefined when nothing is due. */
export function transitionFor(
  desired: DesiredState,
  actual: ActualState,
): TransitionKind | undefined {
  if (actual === 'deleted') return undefined;
  if (desired === 'deleted') return 'delete';
  if (desired === 'running') return actual === 'running' ? undefined : 'start';
  return actual === 'stopped' || actual === 'created' ? undefined : 'stop';
}
