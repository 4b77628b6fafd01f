import { caller, dependency, type ErrorEntry } from './entry.ts';

/** PIPELINE_ERRORS is the part of the catalogue about builds of projects. */
export const PIPELINE_ERRORS = {
  pipeline_missing: {
    ...caller(
      422,
      'There is nothing to build yet',
      'Build an app by chat, or commit a file “.gitlab-ci.yml”',
    ),
    safe: 'Your app is unchanged',
  },
  pipeline_invalid: {
    ...caller(
      422,
      'The file that says how to build the project has a mistake',
      'Correct the named line and commit it, or ask the chat to',
    ),
    safe: 'Your app is unchanged',
  },
  pipeline_finished: {
    ...caller(409, 'The build is over', 'Look at its result', 'spt-flow build list <project>'),
    safe: 'Your app is unchanged',
  },
  pipeline_unfinished: {
    ...caller(
      409,
      'The build is not over yet',
      'Wait for its end, or cancel it',
      'spt-flow build cancel <project>',
    ),
    safe: 'Your app is unchanged',
  },
  pipeline_elsewhere: {
    ...caller(409, 'The forge runs this build', 'Cancel it or run it again there'),
    safe: 'Your app is unchanged',
  },
  pipeline_image_failed: {
    ...dependency(
      502,
      'No container image was made of the app',
      'Look at the log of the build, and correct the Dockerfile',
    ),
    safe: 'Your app is unchanged',
  },
  pipeline_queue_full: caller(
    429,
    'Too many builds of the project wait already',
    'Wait for them, or cancel some',
    'spt-flow build list <project>',
  ),
} as const satisfies Record<string, ErrorEntry>;
