import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { WorkspaceSpec } from '../provider.ts';
import { LABELS, type Labels } from '../labels.ts';
import { nameOf, projectPolicyName } from './names.ts';
import type { Manifest } from './objects.ts';
import type { ControlPlaneLink } from './settings.ts';

/** Neither the cluster's own addresses nor the cloud's metadata. */
const PUBLIC = [
  {
    cidr: '0.0.0.0/0',
    except: [
      ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16'],
      '127.0.0.0/8',
    ],
  },
  { cidr: '::/0', except: ['fc00::/7', 'fe80::/10', '::1/128', '64:ff9b::/96'] },
];
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** projectPolicyOf: what is of one project reaches each other and names, and nobody else reaches it. */
export function projectPolicyOf(projectId: string, labels: Labels): Manifest {
  const own = { podSelector: { matchLabels: { [LABELS.project]: projectId } } };
  return {
    kind: 'NetworkPolicy',
    metadata: { name: projectPolicyName(projectId), labels },
    spec: {
      ...own,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [own] }],
      egress: [{ to: [own] }, namesRule()],
    },
  };
}

interface WorkspacePolicyInput {
  readonly spec: Pick<WorkspaceSpec, 'workspaceId' | 'settings'>;
  readonly labels: Labels;
  readonly link: Pick<ControlPlaneLink, 'url'>;
  readonly entranceNamespace: string | null;
}

/** workspacePolicyOf adds the control plane, and the internet unless the template takes it away. */
export async function workspacePolicyOf(input: WorkspacePolicyInput): Promise<Manifest> {
  const { spec, labels } = input;
  const egress = [
    await controlPlaneRule(input),
    ...(spec.settings.egress === null ? [{ to: PUBLIC.map((ipBlock) => ({ ipBlock })) }] : []),
  ];
  return {
    kind: 'NetworkPolicy',
    metadata: { name: nameOf(spec.workspaceId), labels },
    spec: {
      podSelector: { matchLabels: { [LABELS.workspace]: spec.workspaceId } },
      policyTypes: ['Egress'],
      egress,
    },
  };
}

function namesRule() {
  return {
    to: [
      {
        namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: 'kube-system' } },
        podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
      },
    ],
    ports: [
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ],
  };
}

/** Its addresses as they are now, and where the cluster itself ends the connection. */
async function controlPlaneRule({ link, entranceNamespace }: WorkspacePolicyInput) {
  const { hostname, port } = new URL(link.url);
  const entrance = { matchLabels: { [NAMESPACE_NAME]: entranceNamespace } };
  return {
    to: [
      ...(await addressesOf(hostname)).map((cidr) => ({ ipBlock: { cidr } })),
      ...(entranceNamespace === null ? [] : [{ namespaceSelector: entrance }]),
    ],
    // Policies see the port of a pod behind a service, which is the cluster's business.
    ...(entranceNamespace === null && { ports: [{ protocol: 'TCP', port: Number(port || 443) }] }),
  };
}

async function addressesOf(hostname: string): Promise<string[]> {
  const host = hostname.replace(/^\[|\]$/g, '');
  try {
    const found = await lookup(host, { all: true });
    return found.map(({ address }) => `${address}/${isIP(address) === 6 ? 128 : 32}`).sort();
  } catch (cause) {
    throw new AppError(
      'workspace_start_failed',
      `The address of the control plane, ${host}, is not known here: agents in the cluster would not find it either`,
      { cause },
    );
  }
}
