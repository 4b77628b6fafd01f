import { caller, type ErrorEntry } from './entry.ts';

/** ACCESS_ERRORS are those of the catalogue about groups, and who may do what in a project. */
export const ACCESS_ERRORS = {
  project_level: caller(
    403,
    'Your access to this project does not permit this',
    'Ask who manages the project for more',
    'spt-flow project access <project>',
  ),
  group_follows: caller(
    409,
    'The group follows one of where people sign in',
    'Change it there; it is followed at the next sign-in',
  ),
} as const satisfies Record<string, ErrorEntry>;
