import type { ModelApi } from '@spt-flow/shared/agent-protocol/models';

/** What is configured for the chat: tools in workspaces get the same. */
export interface ModelServicesConfig {
  readonly claude: {
    readonly apiKey: string | undefined;
    readonly model: string;
    readonly baseUrl?: string | undefined;
  };
  readonly openAi: {
    readonly apiKey?: string | undefined;
    readonly model: string;
    readonly baseUrl: string | undefined;
  };
}

/** ModelService is who answers the requests of an API. */
export interface ModelService {
  readonly api: ModelApi;
  /** For figures. */
  readonly name: string;
  /** The one that the operator chose for the chat. */
  readonly model: string;
  /** False: servers of one's own, where models without a price cost nothing. */
  readonly isPaid: boolean;
  /** Where a path of its API is, with the query. */
  urlOf(path: string): URL;
  readonly keyHeaders: Readonly<Record<string, string>>;
}

export type ModelServices = ReadonlyMap<ModelApi, ModelService>;

const CLAUDE_URL = 'https://api.anthropic.com';

export function createModelServices({ claude, openAi }: ModelServicesConfig): ModelServices {
  const services = [claudeService(claude), openAiService(openAi)].flat();
  return new Map(services.map((service) => [service.api, service]));
}

function claudeService({ apiKey, model, baseUrl }: ModelServicesConfig['claude']): ModelService[] {
  if (apiKey === undefined) return [];
  const base = withoutSlash(baseUrl ?? CLAUDE_URL);
  return [
    {
      ...{ api: 'anthropic', name: 'Claude', model, isPaid: true },
      urlOf: (path) => new URL(`${base}${path}`),
      keyHeaders: { 'x-api-key': apiKey },
    },
  ];
}

/** Its configured address has the version in it. */
function openAiService({ apiKey, model, baseUrl }: ModelServicesConfig['openAi']): ModelService[] {
  if (baseUrl === undefined) return [];
  const base = withoutSlash(baseUrl);
  const isOpenAi = new URL(base).hostname === 'api.openai.com';
  return [
    {
      ...{ api: 'openai', model, isPaid: isOpenAi },
      name: isOpenAi ? 'OpenAI' : new URL(base).host,
      urlOf: (path) => new URL(`${base}${path.replace(/^\/v1/, '')}`),
      keyHeaders: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    },
  ];
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
