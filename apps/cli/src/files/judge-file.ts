import { readFile } from 'node:fs/promises';
import { openBundle } from '@spt-flow/policy/bundle';
import {
  openPolicy,
  REPOSITORY_LIMITS,
  together,
  type Policy,
  type Subject,
} from '@spt-flow/policy/policy';
import { PolicyError } from '@spt-flow/policy/policy-error';
import type { WorkspaceVerdict } from '@spt-flow/shared/api/workspaces';
import {
  PolicyLimitsSchema,
  withOwnLimits,
  type PolicyLimits,
} from '@spt-flow/shared/domain/policy';
import { parseAllDocuments } from 'yaml';
import { CliError, EXIT, usageError } from '../core/errors.ts';

const HELP = 'spt-flow policy check --help';

/** What is laid over the rules that are shipped. */
export interface OwnRules {
  /** A file with limits. */
  readonly data?: string;
  /** A folder with compiled rules. */
  readonly bundle?: string;
}

/** judgeFile asks the rules, those that are shipped and one's own, about a plan or about manifests. */
export async function judgeFile(
  file: string,
  { shipped, data, bundle }: OwnRules & { shipped: string },
): Promise<WorkspaceVerdict> {
  const { subject, input } = subjectOf(file, parse(file, await readText(file)));
  const limits = withOwnLimits(REPOSITORY_LIMITS, data === undefined ? {} : await readLimits(data));
  const own = bundle === undefined ? [] : [await readBundle(bundle)];
  const rules = together([await openPolicy(shipped), ...own]);
  const denials = [...rules.judge(subject, input, limits)];
  return { permitted: denials.length === 0, denials };
}

async function readBundle(directory: string): Promise<Policy> {
  return openBundle(directory).catch((cause: unknown) => {
    if (!(cause instanceof PolicyError)) throw cause;
    throw usageError(`${directory} can't be used: ${cause.message}`, HELP);
  });
}

function subjectOf(file: string, documents: unknown[]): { subject: Subject; input: unknown } {
  const [first] = documents;
  if (isObject(first) && 'format_version' in first && 'resource_changes' in first)
    return { subject: 'terraform', input: first };
  if (documents.length > 0 && documents.every((each) => isObject(each) && 'kind' in each))
    return { subject: 'workspace', input: { kind: 'List', items: documents.flatMap(itemsOf) } };
  throw usageError(`${file} is neither a plan of Terraform nor a manifest of Kubernetes`, HELP);
}

function itemsOf(document: unknown): unknown[] {
  if (isObject(document) && 'items' in document && Array.isArray(document.items))
    return document.items;
  return [document];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Plans are megabytes of JSON, which only its own parser reads fast. */
function parse(file: string, text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return [value];
  } catch {
    return parseYaml(file, text);
  }
}

function parseYaml(file: string, text: string): unknown[] {
  try {
    const values = [...parseAllDocuments(text)].map((document): unknown => {
      const [error] = document.errors;
      if (error) throw error;
      // Ends with an error where aliases would make it huge.
      return document.toJS();
    });
    return values.filter((value) => value !== null);
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw usageError(`${file} can't be read: ${reason}`, HELP);
  }
}

async function readLimits(file: string): Promise<PolicyLimits> {
  const [value] = parse(file, await readText(file));
  const parsed = PolicyLimitsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw usageError(`${file} can't be used: ${issue?.path.join('.')}: ${issue?.message}`, HELP);
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CliError({
      what: `${file} can't be read`,
      exitCode: EXIT.usage,
      command: HELP,
      cause,
    });
  });
}
