import { describe, expect, it } from 'vitest';
import { readControlPlaneConfig } from './control-plane.ts';

const NEEDED = {
  SPT_FLOW_KUBERNETES_NAMESPACE: 'workspaces',
  SPT_FLOW_KUBERNETES_AGENT_IMAGE: 'registry.example/agent:1',
};

function read(environment: Record<string, string>) {
  const start = readControlPlaneConfig([], environment, { dataDirectory: '/data' });
  return start.kind === 'run' ? start.config.kubernetes : undefined;
}

describe('settings of a cluster', () => {
  it('are none unless a namespace is named', () => {
    expect(read({})).toBeNull();
    expect(() => read({ SPT_FLOW_WORKSPACE_PROVIDER: 'kubernetes' })).toThrow('NAMESPACE');
    expect(() => read({ SPT_FLOW_KUBERNETES_NAMESPACE: 'w' })).toThrow('AGENT_IMAGE');
  });

  it('say on which nodes pods may be', () => {
    const settings = read({
      ...NEEDED,
      SPT_FLOW_KUBERNETES_NODE_SELECTOR: 'pool=workspaces, example.org/zone=b',
      SPT_FLOW_KUBERNETES_TOLERATIONS: 'pool=workspaces:NoSchedule,gpu',
    })?.settings;

    expect(settings?.nodeSelector).toEqual({ pool: 'workspaces', 'example.org/zone': 'b' });
    expect(settings?.tolerations).toEqual([
      { key: 'pool', operator: 'Equal', value: 'workspaces', effect: 'NoSchedule' },
      { key: 'gpu', operator: 'Exists' },
    ]);
    expect([settings?.uid, settings?.gid]).toEqual([1000, 1000]);
  });

  it.each([
    ['SPT_FLOW_KUBERNETES_USER', '0:0', 'not root'],
    ['SPT_FLOW_KUBERNETES_AGENT_URL', 'http://flow.example', 'AGENT_URL'],
    ['SPT_FLOW_KUBERNETES_NAMESPACE', '../secrets', 'name as Kubernetes'],
    ['SPT_FLOW_KUBERNETES_TOLERATIONS', 'pool=a:Sometimes', 'taints'],
    ['SPT_FLOW_KUBERNETES_HOME', '/home/../etc', 'path'],
  ])('refuse %s=%s', (name, value, words) => {
    expect(() => read({ ...NEEDED, [name]: value })).toThrow(words);
  });
});
