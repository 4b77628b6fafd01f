import { caller, dependency, type ErrorEntry } from './entry.ts';

/** FORGE_ERRORS is the part of the catalogue about GitLab, where it is connected. */
export const FORGE_ERRORS = {
  forge_not_connected: caller(
    409,
    'The project is not in GitLab',
    'Put it there, or ask an admin to connect GitLab',
    'spt-flow forge sync <project>',
  ),
  forge_unavailable: dependency(
    503,
    'GitLab is out of reach',
    'Try again later: what is to be carried is carried then',
    'spt-flow forge status',
  ),
  forge_refused: dependency(
    502,
    'GitLab did not do what it was asked',
    'See the details, and the project in GitLab',
    'spt-flow forge status <project>',
  ),
  hook_not_genuine: caller(
    403,
    'The webhook did not prove where it comes from',
    'Let spt-flow set it up again',
    'spt-flow forge sync <project>',
  ),
} as const satisfies Record<string, ErrorEntry>;
