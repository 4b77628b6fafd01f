import { describe, expect, it } from 'vitest';
import { wiringProblems } from './wiring.mjs';

const CONTAINER = {
  name: 'c',
  ports: [{ name: 'http', containerPort: 8080 }],
  readinessProbe: { httpGet: { port: 'http' } },
  livenessProbe: { tcpSocket: { port: 8080 } },
};
const ACCOUNT = { kind: 'ServiceAccount', metadata: { name: 'a', namespace: 'n' } };
const SERVICE = {
  kind: 'Service',
  metadata: { name: 's', namespace: 'n' },
  spec: { selector: { app: 'a' }, ports: [{ port: 80, targetPort: 'http' }] },
};

function problemsOf({ workload = {}, pod = {}, container = {}, service = {} }) {
  const whole = {
    ...{ id: 'Deployment/d', kind: 'Deployment', namespace: 'n', replicas: 2 },
    ...{ labels: { app: 'a' }, selector: { matchLabels: { app: 'a' } } },
    ...workload,
    pod: {
      serviceAccountName: 'a',
      topologySpreadConstraints: [{}],
      containers: [{ ...CONTAINER, ...container }],
      ...pod,
    },
  };
  return wiringProblems(
    [ACCOUNT, { ...SERVICE, spec: { ...SERVICE.spec, ...service } }],
    [whole],
  ).join();
}

describe('names in manifests', () => {
  it('that lead somewhere are no problem', () => {
    expect(problemsOf({})).toBe('');
  });

  it.each([
    ['other pods', { workload: { selector: { matchLabels: { app: 'b' } } } }, 'its own pods'],
    ['no account', { pod: { serviceAccountName: 'b' } }, "runs as 'b', which is nobody"],
    ['no port', { container: { readinessProbe: { httpGet: { port: 'web' } } } }, 'probed at web'],
    ['a variable twice', { container: { env: [{ name: 'A' }, { name: 'A' }] } }, 'sets A twice'],
    ['one node', { pod: { topologySpreadConstraints: undefined } }, 'on one node'],
    ['no port of a pod', { service: { ports: [{ port: 80, targetPort: 'web' }] } }, 'leads to web'],
  ])('that lead to %s are named', (_what, change, says) => {
    expect(problemsOf(change)).toContain(says);
  });
});
