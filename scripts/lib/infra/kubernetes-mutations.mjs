import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const CHART = 'infra/kubernetes/chart';
const BASE = 'infra/kubernetes/devenv/base';
const OVERLAYS = 'infra/kubernetes/devenv/overlays';
const RULES = 'infra/observability/rules';

/** One error in each kind of file: what is changed into what, and the step that has to find it. */
const MUTATIONS = [
  [
    'chart template',
    `${CHART}/templates/control-plane.yaml`,
    'periodSeconds: 5\n            failureThreshold: 60',
    'periodSeconds: 7\n            failureThreshold: 60',
    'render',
  ],
  [
    'chart template',
    `${CHART}/templates/control-plane.yaml`,
    'readinessProbe:',
    'readynessProbe:',
    'schemas',
  ],
  [
    'chart template',
    `${CHART}/templates/control-plane.yaml`,
    'runAsNonRoot: true',
    'runAsNonRoot: false',
    'lint',
  ],
  [
    'chart template',
    `${CHART}/templates/control-plane.yaml`,
    'maxUnavailable: 1\n  unhealthy',
    'maxUnavailable: 0\n  unhealthy',
    'lint',
  ],
  [
    'chart template',
    `${CHART}/templates/network-policy.yaml`,
    'spt-flow.postgres-selector',
    'spt-flow.selector',
    'render',
  ],
  ['chart template', `${CHART}/templates/exposure.yaml`, 'backendRefs', 'backends', 'schemas'],
  [
    'chart template',
    `${CHART}/templates/pod-monitor.yaml`,
    'podMetricsEndpoints',
    'podMetricEndpoints',
    'schemas',
  ],
  [
    'chart template',
    `${CHART}/templates/pre-pull.yaml`,
    'runAsNonRoot: true',
    'runAsNonRoot: false',
    'lint',
  ],
  ['chart template', `${CHART}/templates/pre-pull.yaml`, 'command: [', 'comand: [', 'schemas'],
  [
    'chart template',
    `${CHART}/templates/mirror.yaml`,
    'selector: {{- include "spt-flow.mirror-selector" (list $ $upstream) | nindent 4 }}',
    'selector: { app.kubernetes.io/component: mirror }',
    'lint',
  ],
  ['values schema', `${CHART}/values.schema.json`, '"not": { "const": "latest" },', '', 'render'],
  ['values', `${CHART}/values.yaml`, 'size: 10Gi', 'size: 20Gi', 'render'],
  ['example', `${CHART}/examples/replicas.yaml`, 'ReadWriteMany', 'ReadWriteOnce', 'render'],
  [
    'golden',
    'infra/kubernetes/goldens/chart-replicas.yaml',
    'replicas: 3',
    'replicas: 4',
    'render',
  ],
  [
    'role',
    `${BASE}/02-rbac.yaml`,
    'resources: [pods/exec, pods/portforward]',
    'resources: [pods/exec, secrets]',
    'lint',
  ],
  [
    'network policy',
    `${BASE}/03-network-policy.yaml`,
    '{ app.kubernetes.io/name: egress-proxy }',
    '{ app.kubernetes.io/name: egress }',
    'lint',
  ],
  ['service', `${BASE}/04-service.yaml`, 'clusterIP: None', 'clusterIp: None', 'schemas'],
  [
    'stateful set',
    `${BASE}/05-statefulset.yaml`,
    'allowPrivilegeEscalation: false',
    'allowPrivilegeEscalation: true',
    'lint',
  ],
  [
    'stateful set',
    `${BASE}/05-statefulset.yaml`,
    'image: coder-base:0.1.0',
    'image: coder-base',
    'lint',
  ],
  ['stateful set', `${BASE}/05-statefulset.yaml`, 'replicas: 3', 'replicas: three', 'schemas'],
  ['egress proxy', `${BASE}/06-egress-proxy.yaml`, 'memory: 512Mi', 'memoy: 512Mi', 'lint'],
  [
    'generated configuration',
    `${BASE}/07-egress-config.yaml`,
    'http_access deny all',
    'http_access allow all',
    'egress list',
  ],
  [
    'generated configuration',
    `${BASE}/07-egress-config.yaml`,
    'http_access deny all',
    'http_access allow all',
    'egress proxy',
  ],
  [
    'generated configuration',
    `${BASE}/07-egress-config.yaml`,
    'http_access deny hosts_443 port_443 inside',
    '',
    'egress proxy',
  ],
  ['budget', `${BASE}/08-disruption-budget.yaml`, 'maxUnavailable: 1', 'minAvailable: 3', 'lint'],
  [
    'allow-list',
    'infra/kubernetes/devenv/egress/allow-list.json',
    '"host": "pypi.org"',
    '"host": "*"',
    'egress list',
  ],
  ['overlay', `${OVERLAYS}/kind/kustomization.yaml`, 'name: devenv }', 'name: devnev }', 'render'],
  ['overlay', `${OVERLAYS}/eks/storage-class.yaml`, 'provisioner:', 'provisoner:', 'schemas'],
  [
    'overlay',
    `${OVERLAYS}/openshift/kustomization.yaml`,
    'security-context-constraint.yaml',
    'lost.yaml',
    'render',
  ],
  ['sandbox', `${OVERLAYS}/agent-sandbox/sandbox.yaml`, 'podTemplate:', 'template:', 'schemas'],
  [
    'Vault',
    'infra/kubernetes/secrets/02-connection.yaml',
    'https://vault',
    'http://vault',
    'schemas',
  ],
  [
    'Vault',
    'infra/kubernetes/secrets/03-secrets.yaml',
    'refreshAfter: 30s',
    'refreshAfter: 30',
    'schemas',
  ],
  [
    'Keycloak',
    'infra/kubernetes/keycloak/02-keycloak.yaml',
    'valueFrom: { secretKeyRef: { name: keycloak, key: db-password } }',
    'value: keycloak',
    'lint',
  ],
  [
    'realm',
    'infra/kubernetes/keycloak/agent-sandbox-realm.json',
    '"sslRequired": "external"',
    '"sslRequired": "none"',
    'realm',
  ],
  ['rule', `${RULES}/control-plane.yaml`, '> 0.05', '> 0.5', 'rules'],
  ['rule', `${RULES}/control-plane.yaml`, 'health_part_up{', 'health_parts_up{', 'metrics'],
  [
    'rule',
    `${RULES}/kubernetes.yaml`,
    'reason="CrashLoopBackOff"}) == 1',
    'reason="CrashLoopBackOff"} == 1',
    'rules',
  ],
  [
    'rule test',
    `${RULES}/tests/kubernetes.yaml`,
    'alertname: VaultSealed',
    'alertname: VaultOpen',
    'rules',
  ],
  [
    'runbook',
    'infra/observability/runbooks/control-plane.md',
    '## SptFlowSlow',
    '## Slow',
    'rules',
  ],
  [
    'dashboard',
    'infra/observability/dashboards/control-plane.json',
    'live_connections',
    'live_pages',
    'metrics',
  ],
  [
    'dashboard',
    'infra/observability/dashboards/control-plane.json',
    'by (le, route)',
    'by (le, route',
    'metrics',
  ],
  [
    'collector',
    'infra/observability/collector/config.yaml',
    'processors: [memory_limiter, batch]',
    'processors: [batch]',
    'collector',
  ],
  [
    'collector',
    'infra/observability/collector/config.yaml',
    'action: keep',
    'action: kep',
    'collector',
  ],
  ['Compose file', 'docker/compose.yaml', 'postgres:16.10-alpine', 'postgres:latest', 'compose'],
  [
    'Compose file',
    'docker/compose.yaml',
    'condition: service_healthy',
    'condition: healthy',
    'compose',
  ],
  [
    'Compose file',
    'docker/compose.yaml',
    'POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?}',
    'POSTGRES_PASSWORD: postgres',
    'compose',
  ],
  ['environment script', 'docker/create-env.sh', '$(secret)', 'secret', 'compose'],
  ['Prometheus', 'docker/prometheus.yaml', 'scrape_configs:', 'scrape_config:', 'compose'],
];

const COPIED = ['infra', 'docker', 'docs/infrastructure'];

/** mutationProblems plants one error after the other in a copy, and names those that no step finds. */
export async function mutationProblems(root, findProblems) {
  const problems = [];
  for (const [kind, file, from, to, step] of MUTATIONS) {
    const copy = await mkdtemp(path.join(tmpdir(), 'spt-flow-mutation-'));
    try {
      for (const folder of COPIED)
        await cp(path.join(root, folder), path.join(copy, folder), { recursive: true });
      const text = await readFile(path.join(copy, file), 'utf8');
      if (!text.includes(from)) problems.push(`${file} does not contain '${from}' any more`);
      await writeFile(
        path.join(copy, file),
        text.replace(from, () => to),
      );
      const found = await findProblems(step, copy);
      if (found.length === 0) problems.push(`'${step}' does not see '${to}' in ${file} (${kind})`);
    } finally {
      await rm(copy, { recursive: true });
    }
  }
  return problems;
}
