import { readFileSync } from 'node:fs';
import { AppError } from '@spt-flow/shared/domain/errors';
import { PolicyLimitsSchema, type PolicyLimits } from '@spt-flow/shared/domain/policy';

/** loadPolicyLimits reads the operator's file; AppError `policy_unusable` names what is wrong with it. Without a file there are none. */
export function loadPolicyLimits(file: string | undefined): PolicyLimits {
  if (file === undefined) return {};
  const parsed = PolicyLimitsSchema.safeParse(read(file));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refused(file, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

function read(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw refused(file, cause instanceof Error ? cause.message : String(cause));
  }
}

function refused(file: string, reason: string): AppError {
  return new AppError('policy_unusable', `--policy-data ${file} can not be used: ${reason}`);
}
