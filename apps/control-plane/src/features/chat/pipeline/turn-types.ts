import type { ChangeSetProgress } from '@spt-flow/shared/agent-protocol/change-set';
import type { ChangeSet, Edit } from '@spt-flow/shared/api/change-sets';
import type { Question, TurnStep } from '@spt-flow/shared/api/conversations';
import type { ErrorCode } from '@spt-flow/shared/domain/errors';
import type { KnownValue } from '@spt-flow/shared/agent-protocol/known-values';
import type {
  FailureKind,
  ImagePart,
  ModelProvider,
  ModelUsage,
} from '../providers/model-provider.ts';
import type { ModelPrices } from './model-prices.ts';
import type { Planning, PlanningState } from './planning.ts';
import type { TurnSteps } from './turn-steps.ts';
import type { ProjectMachine } from '../tools/project-machine.ts';
import type { ProjectFiles } from '../tools/project-files.ts';

/** What people see while a turn runs. */
export interface TurnSink {
  text(delta: string): void;
  step(step: TurnStep): void;
}

export interface ProposedChange {
  readonly edits: readonly Edit[];
  readonly summary: string;
  onProgress(progress: ChangeSetProgress): void;
}

export type ApplyChange = (change: ProposedChange) => Promise<ChangeSet>;

export interface TurnLimits {
  readonly maxRounds: number;
  readonly maxOutputTokensPerReply: number;
  readonly maxReplyBytes: number;
  readonly maxTurnTokens: number;
  /** Longest silence in a stream. */
  readonly idleTimeoutMs: number;
  readonly maxRetries: number;
  /** A provider that asks for more patience than this is told to the person instead. */
  readonly maxRetryWaitMs: number;
  readonly maxChangeAttempts: number;
}

export const DEFAULT_LIMITS: TurnLimits = {
  maxRounds: 40,
  maxOutputTokensPerReply: 32_000,
  maxReplyBytes: 2_000_000,
  maxTurnTokens: 1_500_000,
  idleTimeoutMs: 90_000,
  maxRetries: 2,
  maxRetryWaitMs: 30_000,
  maxChangeAttempts: 3,
};

export interface ChatLine {
  readonly role: 'user' | 'assistant';
  readonly text: string;
  readonly images?: readonly ImagePart[];
}

/** What one model did in a turn. */
export interface ModelShare {
  readonly provider: ModelProvider;
  readonly usage: ModelUsage;
}

/** What a browser saw of the changed app. */
export interface PageProof {
  readonly screenshotId: string;
  readonly title: string;
  /** Errors of the page's console. */
  readonly problems: readonly string[];
  /** Something of other sites was not loaded. */
  readonly isPartial: boolean;
}

export interface Published {
  readonly state: 'done' | 'failed';
  readonly text: string;
}
/**
 * Sets aside what the turn costs at most with its next request. `choose` says it, knowing what the turn may cost in all,
 * in millionths of a dollar (null: no limit). Undefined: the request is not affordable.
 */
export type SetAside = <T extends { readonly micros: number }>(
  choose: (leftMicros: number | null) => T | undefined,
) => Promise<T | undefined>;

export interface TurnInput {
  readonly provider: ModelProvider;
  /** Goes on when the provider does not answer. */
  readonly fallback: ModelProvider | null;
  readonly prices: ModelPrices;
  readonly setAside: SetAside;
  readonly projectName: string;
  /** What earlier turns changed and decided, oldest first. */
  readonly decisions: readonly string[];
  /** What people asked before the window of the conversation began, oldest first. */
  readonly earlierRequests: readonly string[];
  /** The conversation before this request, oldest first. */
  readonly history: readonly ChatLine[];
  readonly request: string;
  readonly images: readonly ImagePart[];
  readonly planning: Planning;
  readonly files: ProjectFiles;
  readonly machine: ProjectMachine;
  readonly applyChange: ApplyChange;
  /** Sees to it that the app runs, and says where and for whom. */
  readonly publish: (steps: TurnSteps) => Promise<Published>;
  /** Looks at a path of the app in a browser; answers null when that is not possible. Null: there is no browser. */
  readonly lookAt: ((path: string) => Promise<PageProof | null>) | null;
  readonly limits: TurnLimits;
  readonly sink: TurnSink;
  readonly signal: AbortSignal;
  /** Values that must never reach the model. */
  readonly secrets: readonly KnownValue[];
  /** Of those, what the app finds in its environment. */
  readonly secretNames: readonly string[];
  readonly now: () => number;
}

/** One request to a model; times are those of `now`. */
export interface ModelCallRecord {
  readonly provider: ModelProvider;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly usage: ModelUsage;
  readonly failure: FailureKind | null;
}

export interface TurnResult {
  readonly state: 'done' | 'failed' | 'stopped';
  readonly text: string;
  readonly steps: readonly TurnStep[];
  readonly choices: readonly string[];
  readonly questions: readonly Question[];
  /** Set as long as a plan is to be made or approved. */
  readonly planning: PlanningState | null;
  readonly changeSetId: string | null;
  readonly proof: PageProof | null;
  /** The committed change in one sentence, for later turns. */
  readonly summary: string | null;
  readonly usage: ModelUsage;
  readonly shares: readonly ModelShare[];
  readonly calls: readonly ModelCallRecord[];
  /** In millionths of a dollar. */
  readonly costMicros: number;
  readonly errorCode: ErrorCode | null;
  /** For logs and the folded details. */
  readonly requestId: string | null;
}
