import type { Transition } from '@spt-flow/shared/api/workspaces';
import { formatDuration } from '../../lib/format.ts';

const NAMES: Readonly<Record<Transition['kind'], Readonly<Record<Transition['state'], string>>>> = {
  start: {
    running: 'The machine is starting',
    done: 'The machine started',
    failed: 'The machine could not start',
  },
  stop: {
    running: 'The machine is stopping',
    done: 'The machine stopped',
    failed: 'The machine could not stop',
  },
  delete: {
    running: 'The machine is being deleted',
    done: 'The machine was deleted',
    failed: 'The machine could not be deleted',
  },
  update: {
    running: 'The machine is being updated',
    done: 'The machine was updated',
    failed: 'The machine could not be updated',
  },
};

export function transitionTitle(transition: Transition): string {
  const name = NAMES[transition.kind][transition.state];
  if (transition.finishedAt === null) return name;
  const durationMs = Date.parse(transition.finishedAt) - Date.parse(transition.startedAt);
  return `${name} in ${formatDuration(durationMs)}`;
}
