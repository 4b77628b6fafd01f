import { ACCESS_ERRORS } from './errors/access.ts';
import { BACKUP_ERRORS } from './errors/backup.ts';
import { CLUSTER_ERRORS } from './errors/cluster.ts';
import { DOMAIN_ERRORS } from './errors/domain.ts';
import { CODER_ERRORS } from './errors/coder.ts';
import { caller, dependency, type ErrorEntry, type ErrorFamily } from './errors/entry.ts';
import { HOST_ERRORS } from './errors/host.ts';
import { FORGE_ERRORS } from './errors/forge.ts';
import { MODEL_ERRORS } from './errors/model.ts';
import { PIPELINE_ERRORS } from './errors/pipeline.ts';
import { SESSION_ERRORS } from './errors/session.ts';
import { SIGN_IN_ERRORS } from './errors/sign-in.ts';

/** ERRORS is the one catalogue of what can go wrong; API, CLI and pages all take their texts from it. */
export const ERRORS = {
  validation_failed: caller(400, 'The request is not valid', 'Correct the marked fields'),
  body_too_large: caller(413, 'The request is too large', 'Send less at once'),
  unsupported_media_type: caller(415, 'The content type is not supported', 'Send JSON'),
  not_authenticated: caller(401, 'You are not signed in', 'Sign in', 'spt-flow login'),
  wrong_credentials: caller(401, 'E-mail or password is wrong', 'Try again'),
  wrong_origin: caller(
    403,
    'The request came from another site',
    'Open the dashboard at its own address',
  ),
  not_permitted: caller(403, 'Your role does not permit this', 'Ask an admin of your organization'),
  ...ACCESS_ERRORS,
  scope_missing: caller(403, 'The token does not permit this', 'Create a token with this scope'),
  not_found: caller(404, 'Not found', 'Check the name', 'spt-flow list'),
  conflict: caller(
    409,
    'Something else changed this at the same time',
    'Look at how it is now, and try again if it is still needed',
  ),
  name_taken: caller(409, 'The name is taken', 'Choose another name'),
  setup_token_invalid: caller(
    403,
    'The setup link is not valid or was used',
    'Restart spt-flow and open the link it prints',
  ),
  invitation_invalid: caller(
    403,
    'The link is not valid, was used or has ended',
    'Ask an admin of the organization for another one',
  ),
  email_taken: caller(
    409,
    'Somebody has an account with this e-mail address',
    'Use another address, or sign in',
  ),
  last_admin: caller(
    409,
    'An organization needs an admin, and this is the only one',
    'Make somebody else an admin first',
  ),
  ...SIGN_IN_ERRORS,
  ...DOMAIN_ERRORS,
  setup_done: caller(409, 'Setting up is already done', 'Sign in', 'spt-flow login'),
  picture_invalid: caller(
    422,
    'The file is no picture that can be used',
    'Choose a PNG, JPEG, WebP or GIF file',
  ),
  picture_too_large: caller(413, 'The picture is too large', 'Make it smaller and choose it again'),
  limit_reached: caller(
    409,
    'A limit is reached',
    'Stop or delete something that is not needed, or ask an admin',
  ),
  template_invalid: caller(
    422,
    'The template is not valid',
    'Correct what is named and push it again',
    'spt-flow template push <directory>',
  ),
  template_values_invalid: caller(
    422,
    'The parameters do not fit the template',
    'Correct what is named',
    'spt-flow template show <template>',
  ),
  template_deprecated: caller(
    409,
    'The template is deprecated',
    'Choose another template',
    'spt-flow template list',
  ),
  template_in_use: caller(
    409,
    'Workspaces are made of the template',
    'Delete them first, or deprecate the template',
    'spt-flow template impact <template>',
  ),
  policy_refused: caller(
    403,
    'A policy does not permit this',
    'Choose what the policy permits, or ask an admin',
  ),
  policy_failed: dependency(
    503,
    'The rules for workspaces gave no answer, so nothing is permitted',
    'Ask an admin to look at the log of spt-flow',
  ),
  policy_unusable: dependency(
    503,
    'The rules for workspaces can not be used',
    'Install spt-flow again, or correct what --policy-bundle or --policy-data names',
  ),
  rate_limited: caller(429, 'Too many requests', 'Wait a moment and try again'),
  path_not_permitted: caller(
    400,
    'The path is outside the project',
    'Use a path inside the project',
  ),
  repository_url_not_permitted: caller(
    400,
    'The repository URL is not permitted',
    'Use an https, ssh or git URL',
    'spt-flow up https://…',
  ),
  login_pending: caller(428, 'The sign-in is not approved yet', 'Approve it in the dashboard'),
  login_expired: caller(410, 'The sign-in request has expired', 'Start again', 'spt-flow login'),
  https_required: caller(
    409,
    'Other machines may not join over an address without https',
    'Start spt-flow with --public-url https://…',
  ),
  join_pending: caller(428, 'Nobody has approved the machine yet', 'Approve it in the dashboard'),
  slow_down: caller(429, 'The question came too soon', 'Wait 5 seconds longer between questions'),
  join_denied: caller(403, 'The machine was not let in', 'Ask who denied it'),
  join_expired: caller(
    410,
    'The request to join has expired',
    'Start again',
    'spt-flow-agent join --url <control plane>',
  ),
  enrolment_token_invalid: caller(
    403,
    'The join token is not valid, expired or was used',
    'Create a new one',
  ),
  turn_running: caller(409, 'The chat is still working on the last message', 'Wait or stop it'),
  change_set_busy: caller(409, 'Another change is being applied', 'Wait until it is finished'),
  change_set_conflict: caller(
    409,
    'A file changed since it was read',
    'Read it again and repeat the change',
  ),
  change_set_rejected: caller(
    422,
    'The change has an error and was not applied',
    'See the details',
  ),
  change_set_rolled_back: caller(422, 'The change did not work and was undone', 'See the details'),
  patch_invalid: caller(
    400,
    'The patch cannot be read',
    'Send a unified diff, as `git diff` writes it',
    'git diff | spt-flow apply <workspace> -',
  ),
  patch_does_not_apply: caller(
    409,
    'The patch does not fit the files of the workspace',
    'Make the patch against the files as they are now',
    'spt-flow apply <workspace> <patch> --dry-run',
  ),
  change_set_untold: {
    ...dependency(
      504,
      'The workspace took the change and does not say what became of it',
      'Look at the files; if it stays silent, stop the workspace and start it again',
      'spt-flow logs <workspace>',
    ),
    safe: 'What was there before is kept in the history of the project',
  },
  receipt_not_genuine: dependency(
    502,
    'What became of the change was not signed by the agent of the workspace, so it is not believed',
    'Find out who speaks for the agent, then revoke it and let it join anew',
    'spt-flow agent show <workspace>',
  ),
  workspace_stopped: caller(
    409,
    'The workspace is stopped',
    'Start it',
    'spt-flow start <workspace>',
  ),
  workspace_busy: caller(
    409,
    'The workspace is changing its state',
    'Wait until it is finished',
    'spt-flow logs <workspace>',
  ),
  nothing_to_cancel: caller(
    409,
    'Nothing is being done about the workspace',
    'See its state',
    'spt-flow list',
  ),
  ...BACKUP_ERRORS,
  disk_full: dependency(507, 'The disk of spt-flow is full', 'Ask an admin to make room'),
  clone_failed: dependency(
    502,
    'The repository could not be cloned',
    'Check the URL and your access to it',
    'spt-flow logs <workspace>',
  ),
  workspace_start_failed: dependency(
    502,
    'The workspace could not be started',
    'See its logs and start it again',
    'spt-flow logs <workspace>',
  ),
  image_unusable: dependency(
    502,
    'The image of the workspace cannot be used',
    'Choose another image, or ask an admin to build this one',
    'spt-flow logs <workspace>',
  ),
  image_pull_stalled: dependency(
    504,
    'Fetching the image makes no progress',
    'Check the registry and the network, then start the workspace again',
    'spt-flow start <workspace>',
  ),
  image_wrong_platform: dependency(
    502,
    'The image is made for another kind of processor',
    'Choose an image for the processor of this machine',
  ),
  engine_disk_full: dependency(
    507,
    'The container engine has no disk space left',
    'Ask an admin to make room, then start the workspace again',
    'spt-flow start <workspace>',
  ),
  machine_unfit: caller(
    422,
    'The machine can not run what the workspace needs',
    'Take it out of the settings of the template, or run it where the machine offers it',
  ),
  container_plan_refused: caller(
    422,
    'The devcontainer asks for more than is permitted',
    'Remove it from devcontainer.json, or ask an admin for another isolation profile',
  ),
  engine_unavailable: dependency(
    503,
    'The container engine does not answer',
    'Ask an admin to start it, then start the workspace again',
    'spt-flow start <workspace>',
  ),
  devcontainer_invalid: caller(
    422,
    'The devcontainer.json has an error',
    'Correct the named line, then rebuild',
    'spt-flow rebuild <workspace>',
  ),
  devcontainer_refused: caller(
    422,
    'The devcontainer asks for what is not permitted',
    'Remove the named line, then rebuild',
    'spt-flow rebuild <workspace>',
  ),
  devcontainer_failed: dependency(
    502,
    'The devcontainer could not be set up',
    'See the log of the workspace, then rebuild',
    'spt-flow rebuild <workspace>',
  ),
  agent_offline: dependency(
    503,
    'The workspace is not connected',
    'Wait a moment or start it again',
    'spt-flow start <workspace>',
  ),
  terminal_not_shared: caller(
    404,
    'There is no shared terminal here',
    'Ask who opened it to share it',
  ),
  ...SESSION_ERRORS,
  ...PIPELINE_ERRORS,
  server_absent: dependency(
    503,
    'The server is not connected',
    'Check that it is on, and run spt-flow-agent doctor there',
    'spt-flow server list',
  ),
  ...HOST_ERRORS,
  ...CODER_ERRORS,
  agent_timeout: dependency(
    504,
    'The workspace did not answer in time',
    'Try again',
    'spt-flow logs <workspace>',
  ),
  not_implemented_by_agent: dependency(
    501,
    'This workspace runs an agent that cannot do this',
    'Restart the workspace to update it',
  ),
  ssh_authority_failed: dependency(
    502,
    'The SSH authority in Vault gave no certificate',
    'Tell whoever runs Vault; a terminal works without',
    'spt-flow terminal <workspace>',
  ),
  ssh_unavailable: dependency(
    501,
    'The workspace has no OpenSSH server',
    'Install openssh-server there; a terminal works without',
    'spt-flow terminal <workspace>',
  ),
  port_not_open: dependency(
    502,
    'Nothing listens on that port of the workspace',
    'Start the program that should listen there',
    'spt-flow ports <workspace>',
  ),
  port_unavailable: caller(
    409,
    'The port cannot be used in the workspace',
    'Choose another port',
    'spt-flow ports <workspace>',
  ),
  ...CLUSTER_ERRORS,
  ...FORGE_ERRORS,
  ...MODEL_ERRORS,
  secret_refused: caller(422, 'The secret cannot be set', 'Correct what is named'),
  secret_key_wrong: dependency(
    503,
    'The secrets were encrypted with another key than the one of this server',
    'Ask an admin to start spt-flow with the key of this database; nothing was overwritten',
  ),
  secret_store_unavailable: dependency(503, 'The secrets are out of reach', 'Try again later'),
  database_unavailable: dependency(503, 'The database does not answer', 'Try again in a moment'),
  internal: {
    status: 500,
    family: 'internal',
    what: 'Something went wrong in spt-flow',
    safe: 'Your work is saved',
    next: 'Try again; if it stays, send the correlation id to your admin',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** ERROR_CODES lists every code of the catalogue. */
export const ERROR_CODES = Object.keys(ERRORS).filter(isErrorCode);

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

/** describeError returns the catalogue entry; codes of a newer server fall back to `internal`. */
export function describeError(code: string): ErrorEntry {
  return isErrorCode(code) ? ERRORS[code] : ERRORS.internal;
}

/** AppError is an error that may be shown to its caller: it crosses the API boundary by its code. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly family: ErrorFamily;
  /** Machine-readable details for the caller, e.g. the invalid fields. Never secrets. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: ErrorCode,
    message?: string,
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message ?? ERRORS[code].what, { cause: options.cause });
    this.code = code;
    this.status = ERRORS[code].status;
    this.family = ERRORS[code].family;
    this.details = options.details;
  }
}
