import type { CoderCheck, CoderDraft, CoderStatus } from '@spt-flow/shared/api/coder';
import { AppError } from '@spt-flow/shared/domain/errors';
import { isReachableFrom, type CoderClient, type CoderTemplate } from '../providers/index.ts';
import { versionProblem } from './coder-version.ts';
import { draftTemplate } from './draft-template.ts';

export interface CoderServiceDeps {
  /** Null: there is none in this installation. */
  readonly coder: { readonly url: string; readonly client: CoderClient } | null;
  readonly publicUrl: string;
}

export interface CoderService {
  /** Asks each time: nothing is remembered of a Coder server. */
  status(): Promise<CoderStatus>;
  draft(name: string): Promise<CoderDraft>;
}

/** createCoderService looks at the Coder server of the installation. */
export function createCoderService({ coder, publicUrl }: CoderServiceDeps): CoderService {
  function required() {
    if (coder) return coder;
    throw new AppError(
      'not_found',
      'No Coder server is set up here: start spt-flow with SPT_FLOW_CODER_URL and SPT_FLOW_CODER_TOKEN_FILE',
    );
  }

  return {
    async status() {
      const { url, client } = required();
      const version = await find(async () => (await client.buildInfo()).version);
      const account = await find(async () => (await client.me()).username);
      const templates = await find(() => client.templates());
      return {
        url,
        version: version.value ?? null,
        checks: [
          versionCheck(version),
          checkOf('Account', account, (name) => `workspaces belong to "${name}"`),
          checkOf('Templates', templates, (found) => `${found.length} may be used`),
          wayBack(publicUrl, url),
        ],
        templates: (templates.value ?? []).map(summaryOf),
      };
    },

    async draft(name) {
      const { client } = required();
      const template = await client.template(name);
      if (!template) throw new AppError('not_found', `Coder has no template "${name}"`);
      return draftTemplate(template, await client.richParameters(template.active_version_id));
    },
  };
}

interface Found<T> {
  readonly value?: T;
  readonly problem?: string;
}

async function find<T>(ask: () => Promise<T>): Promise<Found<T>> {
  try {
    return { value: await ask() };
  } catch (error) {
    if (error instanceof AppError) return { problem: error.message };
    throw error;
  }
}

function checkOf<T>(
  name: string,
  { value, problem }: Found<T>,
  tell: (value: T) => string,
): CoderCheck {
  if (value === undefined) return { name, ok: false, words: problem ?? 'unknown' };
  return { name, ok: true, words: tell(value) };
}

function versionCheck(version: Found<string>): CoderCheck {
  const problem = version.value === undefined ? undefined : versionProblem(version.value);
  const check = checkOf('Version', version, (found) => `Coder ${found}`);
  if (problem === undefined) return check;
  return { name: check.name, ok: false, words: `${check.words}: ${problem}` };
}

function wayBack(publicUrl: string, url: string): CoderCheck {
  const ok = isReachableFrom(url, publicUrl);
  const words = ok
    ? `workspaces connect to ${publicUrl}`
    : `workspaces there can’t connect to ${publicUrl}: start spt-flow with --public-url https://…`;
  return { name: 'Way back', ok, words };
}

function summaryOf({ name, display_name, deprecated, deprecation_message }: CoderTemplate) {
  return {
    name,
    displayName: display_name || name,
    deprecation: deprecated ? deprecation_message : null,
  };
}
