import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { cached, cacheFolder } from '../../cache.mjs';
import { withProgress } from '../../progress.mjs';
import { inRoot } from '../../root.mjs';
import { treeHash } from '../../tree-hash.mjs';
import { findGo } from './go.mjs';
import { succeed } from './programs.mjs';

const GO_ENVIRONMENT = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -trimpath' };

/** Without what only debuggers read, which is a third of the size. */
const STRIPPED = '-ldflags=-s -w';

export const KUBERNETES_VERSION = '1.36.3';

/** Programs that `go install` makes, by the module that carries each. */
const PROGRAMS = {
  helm: 'helm.sh/helm/v4/cmd/helm@v4.2.4',
  kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0',
  kustomize: 'sigs.k8s.io/kustomize/kustomize/v5@v5.8.1',
};

/** Modules of which files are read: OpenAPI documents and definitions of custom resources. */
export const SOURCES = {
  kubernetes: `k8s.io/kubernetes@v${KUBERNETES_VERSION}`,
  gateway: 'sigs.k8s.io/gateway-api@v1.6.3',
  snapshots: 'github.com/kubernetes-csi/external-snapshotter/client/v8@v8.7.0',
  monitoring: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
};

/** program is the path of a pinned program, built at the first use. */
export async function program(name) {
  const install = ['install', STRIPPED, PROGRAMS[name]];
  const directory = await cached({ name, recipe: install }, (GOBIN) =>
    withProgress(`Building ${PROGRAMS[name]}, once`, () => go(install, { GOBIN })),
  );
  const [file] = await readdir(directory);
  return path.join(directory, file);
}

/** OWN_PROGRAMS are ours, around a library that decides. */
const OWN_PROGRAMS = {
  // The program of the library's own authors forgets the variables.
  'compose-config': 'infra/kubernetes/compose-config',
  'cluster-dns': 'infra/kubernetes/cluster-dns',
  'dashboard-check': 'infra/observability/dashboard-check',
  's3-server': 'scripts/s3-server',
  'vault-server': 'scripts/vault-server',
};

/** ownProgram is the path of a program of ours, built anew when its source changes. */
export async function ownProgram(name) {
  const source = OWN_PROGRAMS[name];
  const directory = await cached({ name, recipe: await treeHash([source]) }, (target) =>
    withProgress(`Building ${name}, once`, () =>
      go(['build', STRIPPED, '-o', `${target}/${name}`], {}, inRoot(source)),
    ),
  );
  return path.join(directory, name);
}

/** sourceOf is the folder of a pinned module, fetched at the first use and checked by Go against its checksum database. */
export async function sourceOf(name) {
  return JSON.parse(await go(['mod', 'download', '-json', SOURCES[name]])).Dir;
}

/** go runs the Go command and gives what it answers; its failure shows what it said. */
export async function go(args, environment = {}, cwd = cacheFolder()) {
  await mkdir(cwd, { recursive: true });
  return succeed(await findGo(), args, { cwd, env: { ...GO_ENVIRONMENT, ...environment } });
}
