import { controlPlanePrograms } from './kubernetes/cluster/control-plane.mjs';
import { ownProgram, program } from './tools/kubernetes-tools.mjs';
import { ensureTool } from './tools/tools.mjs';

/** One compiler waits for its longest package, and then for its linker: two use both cores. */
const AT_ONCE = 2;

/** In the order in which checks ask for them. */
const BUILDS = [
  () => ensureTool('terraform-provider-aws'),
  () => ensureTool('tofu'),
  () => ensureTool('opa'),
  () => program('helm'),
  () => program('kustomize'),
  () => program('kubeconform'),
  () => ownProgram('dashboard-check'),
  () => ownProgram('compose-config'),
  () => ownProgram('cluster-dns'),
  controlPlanePrograms,
];

/** buildPrograms builds what all checks need, ahead of them; what fails is told by the check that asks for it. */
export async function buildPrograms() {
  const waiting = [...BUILDS];
  const worker = async () => {
    for (let build = waiting.shift(); build; build = waiting.shift()) await build().catch(() => {});
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
