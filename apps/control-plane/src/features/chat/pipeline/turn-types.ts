import type { ChangeSetProgress } from '@spt-flow/shared/agent-protocol/change-set';
import type { ChangeSet, Edit } from '@spt-flow/shared/api/change-sets';
import type { TurnStep } from '@spt-flow/shared/api/conversations';
import type { ErrorCode } from '@spt-flow/shared/domain/errors';
import type { ModelProvider, ModelUsage } from '../providers/model-provider.ts';
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
}

export interface TurnInput {
  readonly provider: ModelProvider;
  readonly projectName: string;
  /** What earlier turns changed and decided, oldest first. */
  readonly decisions: readonly string[];
  /** The conversation before this request, oldest first. */
  readonly history: readonly ChatLine[];
  readonly request: string;
  readonly files: ProjectFiles;
  readonly applyChange: ApplyChange;
  readonly limits: TurnLimits;
  readonly sink: TurnSink;
  readonly signal: AbortSignal;
  /** Values that must never reach the model. */
  readonly secrets: readonly string[];
  readonly now: () => number;
}

export interface TurnResult {
  readonly state: 'done' | 'failed' | 'stopped';
  readonly text: string;
  readonly steps: readonly TurnStep[];
  readonly choices: readonly string[];
  readonly changeSetId: string | null;
  /** The committed change in one sentence, for later turns. */
  readonly summary: string | null;
  readonly usage: ModelUsage;
  readonly errorCode: ErrorCode | null;
  /** For logs and the folded details. */
  readonly requestId: string | null;
}
