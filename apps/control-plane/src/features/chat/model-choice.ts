import { createClaudeProvider, type ClaudeConfig } from './providers/claude/claude-provider.ts';
import type { ModelProvider } from './providers/model-provider.ts';
import { createTemplateProvider } from './providers/templates/template-provider.ts';

export interface ModelChoice {
  /** Without a key the answers come from templates. */
  readonly claude: Omit<ClaudeConfig, 'apiKey'> & { readonly apiKey: string | undefined };
  /** The folder `app-templates`, wherever the build put it. */
  readonly templatesDir: string;
}

export function chooseModel({ claude, templatesDir }: ModelChoice): ModelProvider {
  const { apiKey, ...settings } = claude;
  return apiKey === undefined
    ? createTemplateProvider({ templatesDir })
    : createClaudeProvider({ ...settings, apiKey });
}
