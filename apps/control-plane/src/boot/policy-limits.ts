import { readFileSync } from 'node:fs';
import { PolicyLimitsSchema, type PolicyLimits } from '@spt-flow/shared/domain/policy';
import { StartError } from './start-error.ts';

/** loadPolicyLimits reads the operator's file; StartError names what is wrong with it. Without a file there are none. */
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

function refused(file: string, reason: string): StartError {
  return new StartError(`--policy-data ${file} can not be used: ${reason}`);
}
