import type { CustomDomain, DnsRecord } from '@spt-flow/shared/api/domains';
import { plain, table } from '../core/text.ts';

/** domainText says how a domain is, what to do next, and the records to copy as long as they are needed. */
export function domainText(domain: CustomDomain): string {
  const { url, state, found, next } = domain;
  return [
    `${plain(url)} is ${state}: ${plain(found)}.`,
    ...(next === null ? [] : [`${plain(next)}.`]),
    ...recordsText(domain),
  ].join('\n');
}

function recordsText({ state, proof, targets }: CustomDomain): string[] {
  if (state === 'active') return [];
  return [
    '',
    'It is yours:',
    recordTable([proof]),
    '',
    'It leads here, by one of these:',
    recordTable(targets),
  ];
}

function recordTable(records: readonly DnsRecord[]): string {
  return table(records.map(({ type, name, value }) => [type, plain(name), plain(value)]));
}
