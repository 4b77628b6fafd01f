import * as z from 'zod';
import type { ModelLimits } from '../model-provider.ts';

const TIMEOUT_MS = 5_000;
/** Of the context, for one answer. */
const OUTPUT_SHARE = 3;
/** What a model of one's own can surely write. */
const CAREFUL: ModelLimits = { contextTokens: null, outputTokens: 8192, seesImages: null };

/** vLLM and some gateways say how much a model can hold; OpenAI itself and Ollama do not. */
const ModelsSchema = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string(),
      max_model_len: z.number().int().positive().nullish(),
      context_length: z.number().int().positive().nullish(),
      architecture: z.looseObject({ input_modalities: z.array(z.string()).nullish() }).nullish(),
    }),
  ),
});

export interface ModelsSource {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
}

/** readLimits asks the list of models; what it does not say stays unknown. */
export async function readLimits(
  { url, headers, model }: ModelsSource,
  signal: AbortSignal,
): Promise<ModelLimits> {
  const response = await fetch(url, {
    headers,
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  if (!response.ok) return CAREFUL;
  const { data } = ModelsSchema.parse(await response.json());
  const found = data.find(({ id }) => id === model);
  const contextTokens = found?.max_model_len ?? found?.context_length ?? null;
  const seesImages = found?.architecture?.input_modalities?.includes('image') ?? null;
  if (contextTokens === null) return { ...CAREFUL, seesImages };
  return { contextTokens, outputTokens: Math.floor(contextTokens / OUTPUT_SHARE), seesImages };
}
