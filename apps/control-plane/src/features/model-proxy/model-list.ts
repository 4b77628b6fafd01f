import * as z from 'zod';
import { text } from 'node:stream/consumers';
import type { ModelAnswer } from '@spt-flow/shared/agent-protocol/models';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { ModelPrice, ModelPrices } from '../chat/index.ts';
import type { Clock } from '../../lib/clock.ts';
import { askService } from './ask-service.ts';
import type { ModelService } from './model-services.ts';

const KNOWN_MS = 300_000;
const UNKNOWN_MS = 30_000;
const TIMEOUT_MS = 10_000;
/** Of an id as services date it: `claude-haiku-4-5-20251001`. */
const DATE = /-\d{8}$/;

const ListSchema = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });
type ListedModel = z.infer<typeof ListSchema>['data'][number];

/** ModelList knows which models the services have. */
export interface ModelList {
  /** AppError names the others. */
  assertOffered(service: ModelService, model: string): Promise<void>;
  /** As the service lists them. */
  answer(service: ModelService): Promise<{ answer: ModelAnswer; body: string }>;
}

/** priceFor also finds the price of a dated model by the name without the date. */
export function priceFor(prices: ModelPrices, model: string): ModelPrice | undefined {
  return prices[model] ?? prices[model.replace(DATE, '')];
}

export function createModelList({
  prices,
  clock,
}: {
  prices: ModelPrices;
  clock: Clock;
}): ModelList {
  const known = new Map<ModelService, { list: Promise<ListedModel[]>; untilMs: number }>();

  /** While the service does not tell: what is configured. */
  function configured({ model }: ModelService): ListedModel[] {
    return [...new Set([model, ...Object.keys(prices)])].map((id) => ({ id }));
  }

  function listed(service: ModelService): Promise<ListedModel[]> {
    const now = clock.monotonicMs();
    const found = known.get(service);
    if (found && now < found.untilMs) return found.list;
    const entry = { list: ask(service), untilMs: now + KNOWN_MS };
    entry.list = entry.list.catch(() => {
      entry.untilMs = clock.monotonicMs() + UNKNOWN_MS;
      return configured(service);
    });
    known.set(service, entry);
    return entry.list;
  }

  return {
    async assertOffered(service, model) {
      if (model === service.model) return;
      const ids = (await listed(service)).map(({ id }) => id);
      if (ids.some((id) => id === model || id.replace(DATE, '') === model)) return;
      throw new AppError(
        'model_not_offered',
        `"${model.slice(0, 100)}" is not offered here; these are: ${ids.slice(0, 50).join(', ')}`,
      );
    },

    async answer(service) {
      const data = await listed(service);
      const body =
        service.api === 'anthropic'
          ? {
              data,
              has_more: false,
              first_id: data[0]?.id ?? null,
              last_id: data.at(-1)?.id ?? null,
            }
          : { object: 'list', data };
      const headers = { 'content-type': 'application/json' };
      return { answer: { status: 200, headers }, body: JSON.stringify(body) };
    },
  };
}

async function ask(service: ModelService): Promise<ListedModel[]> {
  const response = await askService({
    url: service.urlOf(service.api === 'anthropic' ? '/v1/models?limit=1000' : '/v1/models'),
    method: 'GET',
    headers: { 'anthropic-version': '2023-06-01', ...service.keyHeaders },
    body: undefined,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const body = await text(response);
  if (response.statusCode !== 200) throw new AppError('model_unavailable');
  return ListSchema.parse(JSON.parse(body)).data;
}
