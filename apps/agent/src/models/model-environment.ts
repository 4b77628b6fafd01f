import type { ModelApi } from '@spt-flow/shared/agent-protocol/models';
import type { HeadOf } from '../handlers/handler.ts';
import type { Environment } from '../runtime/spawn-group.ts';

/** Whoever has set one of these goes another way, and keeps to it. */
const OWN_WAYS: Readonly<Record<ModelApi, readonly string[]>> = {
  anthropic: [
    ...['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_BASE_URL'],
    ...['CLAUDE_CODE_OAUTH_TOKEN', 'CLAUDE_CODE_USE_BEDROCK', 'CLAUDE_CODE_USE_VERTEX'],
    'CLAUDE_CODE_USE_FOUNDRY',
  ],
  openai: ['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'OPENAI_API_BASE'],
};

export interface ModelAddress {
  readonly port: number;
  /** What programs of this workspace show, and its neighbours on the machine do not know. */
  readonly key: string;
}

function addressFor(api: ModelApi, { port, key }: ModelAddress): Record<string, string> {
  const url = `http://127.0.0.1:${port}`;
  if (api === 'anthropic') return { ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: key };
  return { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_BASE: `${url}/v1`, OPENAI_API_KEY: key };
}

export interface ModelEnvironment {
  readonly offered: Pick<HeadOf<'models'>, 'offers' | 'variables'>;
  readonly address: ModelAddress;
  /** What children inherit now. */
  readonly environment: Environment;
  /** What of it was given before, so that it is nobody's own. */
  readonly given: Environment;
}

/** modelVariables are what tools of the workspace need to find their models; what a person has set wins. */
export function modelVariables(input: ModelEnvironment): Record<string, string> {
  const { offered, address, environment, given } = input;
  const isOwn = (name: string) =>
    environment[name] !== undefined && environment[name] !== given[name];
  const ofApis = offered.offers
    .filter(({ api }) => !OWN_WAYS[api].some(isOwn))
    .map(({ api, variables }) => ({ ...variables, ...addressFor(api, address) }));
  const all = [offered.variables, ...ofApis].flatMap((variables) => Object.entries(variables));
  return Object.fromEntries(all.filter(([name]) => !isOwn(name)));
}
