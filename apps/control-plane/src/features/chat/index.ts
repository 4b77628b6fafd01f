import type { KnownValue } from '@spt-flow/shared/agent-protocol/known-values';
import type { Database } from '@spt-flow/db/client';
import type { Audit } from '../../lib/audit.ts';
import { newCorrelationId } from '../../lib/correlation.ts';
import type { Replicas } from '../replicas/index.ts';
import type {
  ApplyChangeSet,
  ChatEvents,
  ChatLogger,
  ChatProjects,
  ChatWorkspaces,
  CountTokens,
} from './chat-deps.ts';
import { createAttachmentsRepository } from './attachments-repository.ts';
import { createAttachments } from './attachments.ts';
import { createChatRepository } from './chat-repository.ts';
import { createChatService, type ChatService } from './chat-service.ts';
import { searchMessages } from './message-search-repository.ts';
import { DEFAULT_LIMITS } from './pipeline/turn-types.ts';
import type { ModelProvider } from './providers/model-provider.ts';
import { shareStops } from './share-stops.ts';
import { createScreenshots } from './screenshots-repository.ts';
import { createSpendingRepository } from './spending-repository.ts';
import { createSpending, type Spending, type SpendingConfig } from './spending.ts';
import { createTraceExporter, type TraceTarget } from './traces/trace-exporter.ts';
import { TurnRunner } from './turn-runner.ts';
import { createVersions } from './versions.ts';

export type {
  ApplyChangeSet,
  ChatChange,
  ChatProjects,
  ChatWorkspaces,
  Deployment,
  ReadyWorkspace,
} from './chat-deps.ts';
export { registerChatRoutes } from './chat-routes.ts';
export type { ChatService } from './chat-service.ts';
export { chooseModels } from './model-choice.ts';
export { createNotices } from './notices.ts';
export { BYTES_PER_TOKEN, MAX_IMAGE_TOKENS, MIN_OUTPUT_TOKENS } from './pipeline/budget.ts';
export { serviceText } from './pipeline/plain-words.ts';
export { costMicros, type ModelPrice, type ModelPrices } from './pipeline/model-prices.ts';
export { NO_USAGE, type ModelProvider, type ModelUsage } from './providers/model-provider.ts';
export { createTrialMachine } from './trial-machine.ts';
export type { Spending } from './spending.ts';
export type { ProjectFiles } from './tools/project-files.ts';

export interface ChatDeps {
  readonly db: Database;
  readonly events: ChatEvents;
  readonly projects: ChatProjects;
  readonly workspaces: ChatWorkspaces;
  readonly applyChangeSet: ApplyChangeSet;
  readonly provider: ModelProvider;
  readonly fallback: ModelProvider | null;
  readonly spending: SpendingConfig;
  readonly audit: Audit;
  /** Values that must never reach the model, such as its own key. */
  readonly secrets: readonly KnownValue[];
  readonly logger: ChatLogger;
  readonly countTokens: CountTokens;
  /** Where turns are told of; null: nowhere. */
  readonly traces: TraceTarget | null;
  /** Before the request, as the model sees them whole. */
  readonly historyMessages: number;
  /** Unset: this is the only one. */
  readonly replicas?: Pick<Replicas, 'id' | 'ask' | 'serve'> | undefined;
}

export interface Chat {
  readonly service: ChatService;
  readonly versions: ReturnType<typeof createVersions>;
  readonly spending: Spending;
  /** At the start, when everything the turns need is there, and when another replica went. */
  resumeTurns(): Promise<void>;
  /** Turns that run are resumed at the next start. */
  close(): Promise<void>;
}

export function createChat(deps: ChatDeps): Chat {
  const repository = createChatRepository(deps.db);
  const spending = createSpending(
    createSpendingRepository(deps.db, deps.replicas?.id),
    deps.spending,
  );
  const screenshots = createScreenshots(deps.db);
  const attachments = createAttachments(createAttachmentsRepository(deps.db));
  const runner = new TurnRunner({
    ...deps,
    repository,
    spending,
    screenshots,
    attachments,
    traceTurn: deps.traces && createTraceExporter(deps.traces, deps.logger),
    replicaId: deps.replicas?.id,
    limits: { ...DEFAULT_LIMITS, maxTurnTokens: deps.spending.maxTurnTokens },
  });
  return {
    service: createChatService({
      ...{ ...deps, repository, runner, spending, screenshots, attachments },
      search: (search) => searchMessages(deps.db, search),
      stopElsewhere: shareStops({ replicas: deps.replicas, repository, runner }),
    }),
    spending,
    versions: createVersions({
      ...{ repository, attachments, runner, events: deps.events },
      replicaId: deps.replicas?.id,
    }),
    async resumeTurns() {
      await spending.settleLost(deps.audit, newCorrelationId());
      await runner.resume();
    },
    close: () => runner.close(),
  };
}
