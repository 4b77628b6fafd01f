import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';

const LIST = 'infra/kubernetes/devenv/egress/allow-list.json';

/** Names only: an address says nothing about who answers there. */
const HOST = /^(\*\.)?([a-z0-9-]+\.)+[a-z][a-z0-9-]*$/;

const AllowListSchema = z
  .array(
    z.strictObject({
      host: z.string().regex(HOST, 'must be a name such as github.com or *.example.com'),
      ports: z.array(z.union([z.literal(22), z.literal(80), z.literal(443)])).min(1),
      for: z.string().min(3),
    }),
  )
  .refine(
    (entries) => new Set(entries.map(({ host }) => host)).size === entries.length,
    'names a host twice',
  )
  .refine(
    (entries) => entries.every(({ host }) => host.startsWith('*.') || !isCovered(host, entries)),
    'names a host that a wildcard covers, which squid takes for an error',
  );

function isCovered(host, entries) {
  return entries.some((other) => other.host.startsWith('*.') && host.endsWith(other.host.slice(1)));
}

/** readAllowList reads the one list that the proxy and the documents are made of. */
export async function readAllowList(root) {
  return AllowListSchema.parse(JSON.parse(await readFile(path.join(root, LIST), 'utf8')));
}

/** squidConfig lets requests through that name an allowed host on an allowed port; `*.` covers the domain itself too, as squid has it. */
export function squidConfig(entries) {
  const ports = [...new Set(entries.flatMap((entry) => entry.ports))].toSorted((a, b) => a - b);
  return [
    'http_port 3128',
    '# Workspaces come from anywhere in the cluster; the NetworkPolicy says which pods may.',
    ...ports.flatMap((port) => [
      `acl port_${port} port ${port}`,
      `acl hosts_${port} dstdomain -n ${domainsOf(entries, port).join(' ')}`,
    ]),
    '# A name that leads to an address of the cluster or of the cloud itself is refused.',
    'acl inside dst 0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 ::1/128 fc00::/7 fe80::/10',
    'acl CONNECT method CONNECT',
    ...ports.map((port) => `http_access deny hosts_${port} port_${port} inside`),
    ...ports.map((port) =>
      port === 80
        ? 'http_access allow hosts_80 port_80 !CONNECT'
        : `http_access allow CONNECT hosts_${port} port_${port}`,
    ),
    'http_access deny all',
    'cache deny all',
    'access_log stdio:/dev/stdout',
    'cache_log stdio:/dev/stderr',
    'pid_filename none',
    'coredump_dir /tmp',
    'shutdown_lifetime 30 seconds',
    'via off',
    'forwarded_for delete',
    'httpd_suppress_version_string on',
    'visible_hostname egress-proxy',
    '',
  ].join('\n');
}

function domainsOf(entries, port) {
  return entries
    .filter((entry) => entry.ports.includes(port))
    .map(({ host }) => host.replace(/^\*/, ''));
}

/** generatedProblems finds files that are not what the list makes. */
export async function generatedProblems(root) {
  const problems = [];
  for (const [file, content] of Object.entries(generatedFiles(await readAllowList(root))))
    if ((await readFile(path.join(root, file), 'utf8').catch(() => '')) !== content)
      problems.push(`${file} is not what the allow-list makes: npm run infra:check -- --write`);
  return problems;
}

/** generatedFiles are the files made of the list, by their path. */
export function generatedFiles(entries) {
  return {
    'infra/kubernetes/devenv/base/07-egress-config.yaml': configMap(squidConfig(entries)),
    'docs/infrastructure/kubernetes-egress.md': document(entries),
  };
}

function configMap(config) {
  const indented = config
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`);
  return [
    '# Made of ../egress/allow-list.json by `npm run infra:check -- --write`.',
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata:',
    '  name: egress-proxy',
    '  namespace: devenv',
    'data:',
    '  squid.conf: |',
    ...indented,
    '',
  ].join('\n');
}

function document(entries) {
  const rows = entries.map(({ host, ports, for: purpose }) => [
    `\`${host}\``,
    ports.join(', '),
    purpose,
  ]);
  const head = ['host', 'ports', 'for'];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column].length)),
  );
  const line = (cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`;
  return [
    '# What workspaces reach',
    '',
    'Workspaces of the namespace `devenv` reach the internet through a proxy, and of it these names. The table is made of',
    '`infra/kubernetes/devenv/egress/allow-list.json`: change it there, then run',
    '`npm run infra:check -- --write`. `*.` stands for any name below, and for the domain itself.',
    '',
    line(head),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map(line),
    '',
  ].join('\n');
}
