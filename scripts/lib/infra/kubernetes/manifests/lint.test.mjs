import { describe, expect, it } from 'vitest';
import { lintProblems } from './lint.mjs';
import { metricsOf } from './observability.mjs';

const LABELS = { app: 'a' };
const managed = { 'app.kubernetes.io/managed-by': 'spt-flow' };
function metadata(name) {
  return { name, namespace: 'n', labels: managed };
}

function deployment(change = {}, container = {}) {
  return {
    kind: 'Deployment',
    metadata: metadata('d'),
    spec: {
      replicas: 2,
      template: {
        metadata: { labels: LABELS },
        spec: {
          automountServiceAccountToken: false,
          topologySpreadConstraints: [{}],
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'c',
              image: 'a/b:1',
              resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              ...{ readinessProbe: {}, livenessProbe: {} },
              ...container,
            },
          ],
          ...change,
        },
      },
    },
  };
}
const policy = { kind: 'NetworkPolicy', metadata: metadata('p'), spec: { podSelector: {} } };

function budget(spec) {
  return {
    kind: 'PodDisruptionBudget',
    metadata: metadata('b'),
    spec: { selector: { matchLabels: LABELS }, ...spec },
  };
}

function look(...objects) {
  return lintProblems({ name: 'test', objects });
}

describe('manifests', () => {
  it('are fine as they should be', () => {
    expect(look(deployment(), policy, budget({ maxUnavailable: 1 }))).toEqual([]);
  });

  it.each([
    ['a token', { automountServiceAccountToken: undefined }, {}, 'token'],
    ['the network of the node', { hostNetwork: true }, {}, 'shares'],
    ['a folder of the node', { volumes: [{ hostPath: { path: '/' } }] }, {}, 'folder'],
    ['root', { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }, {}, 'root'],
    ['no seccomp profile', { securityContext: { runAsNonRoot: true } }, {}, 'seccomp'],
    ['an image without a version', {}, { image: 'a/b' }, 'version'],
    ['the image latest', {}, { image: 'a/b:latest' }, 'version'],
    ['no limits', {}, { resources: {} }, 'limit'],
    ['no probes', {}, { livenessProbe: undefined }, 'probes'],
    ['a password in plain sight', {}, { env: [{ name: 'DB_PASSWORD', value: 'x' }] }, 'plain'],
    [
      'capabilities',
      {},
      { securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true } },
      'capabilities',
    ],
  ])('with %s are found', (_what, change, container, text) => {
    const found = look(deployment(change, container), policy);

    expect(found).toEqual([expect.stringContaining(text)]);
  });

  it.each([
    ['nothing may be away', { maxUnavailable: 0 }],
    ['all must stay', { minAvailable: 2 }],
    ['all must stay, in percent', { minAvailable: '100%' }],
  ])('with a budget that stops drains are found: %s', (_what, spec) => {
    expect(look(deployment(), policy, budget(spec))).toEqual([
      expect.stringContaining('stops every drain'),
    ]);
  });

  it('that choose no pod, grant everything, or leave pods open are found', () => {
    const service = { kind: 'Service', metadata: metadata('s'), spec: { selector: { app: 'z' } } };
    const role = { kind: 'Role', metadata: metadata('r'), rules: [{ verbs: ['*'] }] };

    expect(look(deployment(), service, role)).toEqual([
      expect.stringContaining('grants *'),
      expect.stringContaining('chooses no pod'),
      expect.stringContaining('no NetworkPolicy'),
    ]);
  });
});

describe('queries', () => {
  it.each([
    ['sum by (le, route) (rate(a_bucket{job="x", s=~"5.."}[5m])) > 0.5', ['a_bucket']],
    ['max(b) / ignoring(type) (c{x="up"} > 0) and absent(up{job="y"})', ['b', 'c', 'up']],
  ])('read %s', (query, names) => {
    expect(metricsOf(query)).toEqual(names);
  });
});
