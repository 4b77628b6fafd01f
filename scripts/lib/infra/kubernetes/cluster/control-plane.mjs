import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cached } from '../../../cache.mjs';
import { withProgress } from '../../../progress.mjs';
import { treeHash } from '../../../tree-hash.mjs';
import { go, KUBERNETES_VERSION, sourceOf } from '../../tools/kubernetes-tools.mjs';

const PROGRAMS = [
  ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'],
  ...['kubelet', 'kubectl'],
];

/** controlPlanePrograms is the folder of Kubernetes' own programs, built at the first use. */
export async function controlPlanePrograms() {
  const madeBy = await treeHash(['scripts/lib/infra/kubernetes/cluster/control-plane.mjs']);
  return cached({ name: 'kubernetes', recipe: [KUBERNETES_VERSION, madeBy] }, (target) =>
    withProgress(`Building Kubernetes ${KUBERNETES_VERSION}, once`, () =>
      buildControlPlane(target),
    ),
  );
}

/** The module of Kubernetes replaces its own parts by folders beside it, which `go install` refuses: here they are the released ones. */
async function buildControlPlane(directory) {
  const source = await sourceOf('kubernetes');
  const text = await readFile(path.join(source, 'go.mod'), 'utf8');
  const [, goVersion] = /^go (\S+)$/m.exec(text) ?? [];
  const parts = [...text.matchAll(/^\t(k8s\.io\/\S+) => \.\/staging\//gm)].map(([, name]) => name);
  const module = path.join(directory, 'module');
  await mkdir(module);
  await writeFile(
    path.join(module, 'go.mod'),
    [
      'module spt-flow/control-plane',
      `go ${goVersion}`,
      `require k8s.io/kubernetes v${KUBERNETES_VERSION}`,
      ...parts.map((name) => `replace ${name} => ${name} v0.${KUBERNETES_VERSION.slice(2)}`),
      '',
    ].join('\n'),
  );
  const packages = PROGRAMS.map((name) => `k8s.io/kubernetes/cmd/${name}`);
  const stamp = `-X k8s.io/component-base/version.gitVersion=v${KUBERNETES_VERSION}`;
  const linking = [`-ldflags=-s -w ${stamp}`, '-mod=mod', '-o', `${directory}/`];
  await go(['build', ...linking, ...packages], {}, module);
  await rm(module, { recursive: true });
}
