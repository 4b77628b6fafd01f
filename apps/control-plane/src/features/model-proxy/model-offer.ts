import type { ModelPrices } from '../chat/index.ts';
import type { ModelDeskDeps } from './model-desk.ts';
import type { ModelServices } from './model-services.ts';

export interface WorkspaceTraces {
  readonly host: string;
  readonly publicKey: string;
  readonly secretKey: string;
}

/** createOffer is what tools in workspaces are told, in the variables that they read. */
export function createOffer(
  services: ModelServices,
  { prices, traces }: { readonly prices: ModelPrices; readonly traces: WorkspaceTraces | null },
): ModelDeskDeps['offer'] {
  const variables = { anthropic: claudeVariables, openai: openAiVariables };
  const offers = Array.from(services.values(), ({ api, model }) => ({
    api,
    variables: variables[api](model, prices),
  }));
  return { offers, variables: traces ? langfuseVariables(traces) : {} };
}

/** Claude Code has small questions besides the person's, for which the smallest model will do. */
function claudeVariables(model: string, prices: ModelPrices): Record<string, string> {
  const [small] = Object.keys(prices).filter((name) => name.startsWith('claude-haiku-'));
  return {
    ANTHROPIC_MODEL: model,
    ...(small !== undefined && { ANTHROPIC_DEFAULT_HAIKU_MODEL: small }),
  };
}

function openAiVariables(model: string): Record<string, string> {
  return { OPENAI_MODEL: model };
}

function langfuseVariables({ host, publicKey, secretKey }: WorkspaceTraces) {
  return {
    LANGFUSE_HOST: host,
    LANGFUSE_PUBLIC_KEY: publicKey,
    LANGFUSE_SECRET_KEY: secretKey,
  };
}
