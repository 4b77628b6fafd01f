import { expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '@spt-flow/shared/domain/workspace-settings';
import { statefulSetOf, type StatefulSetInput } from './stateful-set.ts';

const INPUT: StatefulSetInput = {
  ...{ labels: {}, runId: 'run', defaultImage: 'an/image:1', caps: {} },
  settings: {
    ...{ namespace: 'n', agentImage: 'agent:1', home: '/home/node', uid: 1000, gid: 1000 },
    ...{ storageClass: null, runtimeClass: null, entranceNamespace: null },
    ...{ nodeSelector: {}, tolerations: [], imagePullSecrets: [] },
  },
  spec: {
    ...{ workspaceId: 'w', projectId: 'p', name: 'pods', revision: 0, container: null },
    owner: { name: 'Ann', email: 'ann@example.org' },
    join: async () => ({ url: '', serverKey: '', token: '' }),
    settings: {
      ...DEFAULT_SETTINGS,
      environment: { HOME: '/elsewhere', PRICE: '$$5 $(HOME) $' },
    },
  },
};

it('names no variable twice, and lets no cluster read its value', () => {
  const manifest = JSON.stringify(statefulSetOf(INPUT));

  expect(manifest.match(/\{"name":"HOME"[^}]*\}/g)).toEqual([
    '{"name":"HOME","value":"/home/node"}', // Of the step that fills the volume.
    '{"name":"HOME","value":"/elsewhere"}',
  ]);
  // As many dollars as there are, twice: the cluster halves them.
  expect(manifest).toContain('{"name":"PRICE","value":"$$$$5 $$(HOME) $$"}');
});
