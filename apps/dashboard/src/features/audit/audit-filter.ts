import {
  AUDIT_EXPORT_PATH,
  AUDIT_RESULTS,
  type AuditFilter as AuditQuery,
  type AuditLogName,
} from '@spt-flow/shared/api/audit';

const ALL = 'all';

/** What is set is in the address, so all of it is text; moments are ISO 8601, empty: any. */
type AuditFilter = {
  actor: string;
  action: string;
  subject: string;
  result: string;
  since: string;
  until: string;
};

export const UNFILTERED: AuditFilter = {
  ...{ actor: ALL, action: ALL, subject: '', result: ALL, since: '', until: '' },
};

export const ACTION_ITEMS = [
  { label: 'Everything', value: ALL },
  { label: 'Members', value: 'member' },
  { label: 'Sign-ins', value: 'login' },
  { label: 'Tokens', value: 'token' },
  { label: 'Projects', value: 'project' },
  { label: 'Workspaces', value: 'workspace' },
  { label: 'Terminals', value: 'terminal' },
  { label: 'Commands', value: 'command' },
  { label: 'SSH', value: 'ssh' },
  { label: 'Ports', value: 'port-forward' },
  { label: 'Recordings', value: 'recording' },
  { label: 'Secrets', value: 'secret' },
  { label: 'Templates', value: 'template' },
  { label: 'Agents', value: 'agent' },
  { label: 'AI clients', value: 'mcp' },
  { label: 'Other requests', value: 'api' },
];
export const RESULT_ITEMS = [
  { label: 'Any result', value: ALL },
  { label: 'Done', value: 'done' },
  { label: 'Refused', value: 'refused' },
  { label: 'Failed', value: 'failed' },
];
export const KIND_ITEMS = [
  { label: 'Everybody', value: ALL },
  { label: 'API tokens', value: 'token' },
  { label: 'Agents', value: 'agent' },
  { label: 'spt-flow itself', value: 'system' },
];

/** queryOf is the filter as the API knows it. */
export function queryOf({ actor, action, since, until, ...filter }: AuditFilter): AuditQuery {
  const subject = filter.subject.trim().slice(0, 255);
  const result = AUDIT_RESULTS.find((known) => known === filter.result);
  return {
    ...(actor !== ALL && actor !== '' && { actor }),
    ...(action !== ALL && action !== '' && { action }),
    ...(subject !== '' && { subject }),
    ...(result && { result }),
    ...(since !== '' && { since }),
    ...(until !== '' && { until }),
  };
}

/** logQuery is what has to be asked for a log other than that of the organization. */
export function logQuery(log: AuditLogName): { of?: AuditLogName } {
  return log === 'organization' ? {} : { of: log };
}

export function exportUrl(
  filter: AuditFilter,
  { format, log }: { format: 'jsonl' | 'csv'; log: AuditLogName },
): string {
  const query = new URLSearchParams({ format });
  const asked = { ...logQuery(log), ...queryOf(filter) };
  for (const [name, value] of Object.entries(asked)) query.set(name, String(value));
  return `${AUDIT_EXPORT_PATH}?${query.toString()}`;
}
