import { createClaudeProvider, type ClaudeConfig } from './providers/claude/claude-provider.ts';
import { withKnownLimits } from './providers/known-limits.ts';
import { withLastFailure, type WatchedProvider } from './providers/last-failure.ts';
import type { ModelProvider } from './providers/model-provider.ts';
import { createOpenAiProvider, type OpenAiConfig } from './providers/openai/openai-provider.ts';
import { createTemplateProvider } from './providers/templates/template-provider.ts';

export interface ModelChoice {
  readonly claude: Omit<ClaudeConfig, 'apiKey'> & { readonly apiKey: string | undefined };
  readonly openAi: Omit<OpenAiConfig, 'baseUrl'> & { readonly baseUrl: string | undefined };
  /** The folder `app-templates`, wherever the build put it. */
  readonly templatesDir: string;
}

export interface Models {
  readonly provider: WatchedProvider;
  /** Goes on when the provider does not answer. */
  readonly fallback: ModelProvider | null;
}

/** chooseModels takes what is configured: Claude first, the other service as its fallback, templates without either. */
export function chooseModels({ claude, openAi, templatesDir }: ModelChoice): Models {
  const { apiKey, ...settings } = claude;
  const { baseUrl, ...others } = openAi;
  const configured = [
    apiKey === undefined ? [] : createClaudeProvider({ ...settings, apiKey }),
    baseUrl === undefined ? [] : createOpenAiProvider({ ...others, baseUrl }),
  ].flat();
  const [provider, fallback] = configured.map((each) => withKnownLimits(each));
  return {
    provider: withLastFailure(provider ?? createTemplateProvider({ templatesDir })),
    fallback: fallback ?? null,
  };
}
