import { caller, dependency, type ErrorEntry } from './entry.ts';

/** SESSION_ERRORS is the part of the catalogue about connections into workspaces, and their recordings. */
export const SESSION_ERRORS = {
  session_ended: {
    ...caller(403, 'You or an admin ended this session', 'Open another one, or ask an admin'),
    safe: 'What runs in the workspace goes on',
  },
  session_unrecordable: caller(
    403,
    'All sessions are recorded here, and this kind cannot be',
    'Use a terminal',
    'spt-flow terminal <workspace>',
  ),
  recording_unavailable: {
    ...dependency(
      503,
      'The session cannot be recorded, which is required here',
      'Try again; if it stays, ask an admin',
    ),
    safe: 'What runs in the workspace goes on',
  },
} as const satisfies Record<string, ErrorEntry>;
