import { caller, dependency, type ErrorEntry } from './entry.ts';

/** CODER_ERRORS are those of the catalogue that come from a Coder server on which workspaces run. */
export const CODER_ERRORS = {
  coder_build_failed: dependency(
    502,
    'The build in Coder failed',
    'Read what its provisioner says in the log, correct the template in Coder, then start the workspace again',
    'spt-flow logs <workspace>',
  ),
  coder_refused: caller(
    422,
    'Coder refuses what the template asks for',
    'Correct the template or its parameters as Coder says, then start the workspace again',
    'spt-flow coder template <name>',
  ),
  coder_access_lost: dependency(
    503,
    'Coder does not accept the token of spt-flow',
    'Ask the operator to write a new token of Coder into the file that SPT_FLOW_CODER_TOKEN_FILE names',
    'spt-flow coder status',
  ),
  coder_entrance_failed: dependency(
    502,
    'The agent of spt-flow could not be started in the Coder workspace',
    'Do what the message says in the image or the template, then start the workspace again',
    'spt-flow logs <workspace>',
  ),
} as const satisfies Record<string, ErrorEntry>;
