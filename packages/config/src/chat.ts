import * as z from 'zod';
import { ConfigError } from './config-error.ts';
import { ModelPricesSchema, PUBLISHED_PRICES } from './model-prices.ts';

/** Models, what they may cost, and the browser that proves what was built. */
export const CHAT_VARIABLES = {
  CLAUDE_MODEL: z.string().min(1).default('claude-sonnet-5-5'),
  ANTHROPIC_BASE_URL: z.url().optional(),
  OPENAI_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  OPENAI_MODEL: z.string().min(1).optional(),
  SPT_FLOW_MODEL_PRICES: ModelPricesSchema.prefault(PUBLISHED_PRICES),
  SPT_FLOW_CHAT_TURN_TOKENS: z.coerce.number().int().min(10_000).default(1_500_000),
  SPT_FLOW_CHAT_HISTORY_MESSAGES: z.coerce.number().int().min(2).max(200).default(20),
  SPT_FLOW_CHAT_PROJECT_BUDGET: z.coerce.number().min(0).optional(),
  SPT_FLOW_WORKSPACE_MODELS: z.stringbool().default(true),
  SPT_FLOW_BROWSER: z.string().min(1).optional(),
};
type Variables = z.infer<z.ZodObject<typeof CHAT_VARIABLES>>;

/** chatOf: ConfigError where only a part of another service is named. */
export function chatOf(environment: Variables) {
  const { OPENAI_BASE_URL: baseUrl, OPENAI_MODEL: model } = environment;
  if ((baseUrl === undefined) !== (model === undefined))
    throw new ConfigError('OPENAI_BASE_URL and OPENAI_MODEL belong together: give both or none');
  const budget = environment.SPT_FLOW_CHAT_PROJECT_BUDGET;
  return {
    claude: { model: environment.CLAUDE_MODEL, baseUrl: environment.ANTHROPIC_BASE_URL },
    /** Any service with the chat completions API. */
    openAi: { baseUrl, model: model ?? '' },
    /** Before the request, as the model sees them whole. */
    historyMessages: environment.SPT_FLOW_CHAT_HISTORY_MESSAGES,
    spending: {
      prices: environment.SPT_FLOW_MODEL_PRICES,
      maxTurnTokens: environment.SPT_FLOW_CHAT_TURN_TOKENS,
      /** In millionths of a dollar; null: no limit. */
      projectBudgetMicros: budget === undefined ? null : Math.floor(budget * 1_000_000),
    },
    /** Tools in workspaces reach the models, unless their template says otherwise. */
    workspaceModels: environment.SPT_FLOW_WORKSPACE_MODELS,
    /** A program, `off`, or unset: whatever is installed. */
    browser: environment.SPT_FLOW_BROWSER,
  };
}
