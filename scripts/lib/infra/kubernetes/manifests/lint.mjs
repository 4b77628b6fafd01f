import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { wiringProblems } from './wiring.mjs';

const GOLDENS = 'infra/kubernetes/goldens';
const BLIND = new Set(['create', 'delete']);
/** Pods of these run until they are told to end. */
const LASTING = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Sandbox']);
/** What each exception says for itself, in an annotation of the pod. */
const WHY = {
  root: 'spt-flow/why-root',
  writableRoot: 'spt-flow/why-writable-root',
  noProbes: 'spt-flow/why-no-probes',
  token: 'spt-flow/why-token',
};

/** goldenLintProblems looks at what the chart made when somebody last looked, without making it anew. */
export async function goldenLintProblems(root) {
  const folder = path.join(root, GOLDENS);
  const found = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const documents = parseAllDocuments(await readFile(path.join(folder, name), 'utf8'));
      const objects = documents.map((document) => document.toJS()).filter(Boolean);
      return lintProblems({ name, objects });
    }),
  );
  return found.flat();
}

/** lintProblems finds what schemas allow and nobody wants, in the manifests of one installation. */
export function lintProblems({ name, objects }) {
  const workloads = objects.flatMap(workloadOf);
  const problems = [
    ...objects.flatMap((object) => objectProblems(object)),
    ...workloads.flatMap((workload) => podProblems(workload)),
    ...objects.flatMap((object) => budgetProblems(object, workloads)),
    ...objects.flatMap((object) => danglingProblems(object, workloads)),
    ...isolationProblems(objects, workloads),
    ...wiringProblems(objects, workloads),
  ];
  return problems.map((problem) => `${name}: ${problem}`);
}

function workloadOf(object) {
  if (!LASTING.has(object.kind)) return [];
  const template = object.spec.template ?? object.spec.podTemplate;
  return [
    {
      id: idOf(object),
      namespace: object.metadata.namespace,
      kind: object.kind,
      replicas: object.spec.replicas ?? 1,
      selector: object.spec.selector,
      why: template.metadata?.annotations ?? {},
      labels: template.metadata?.labels ?? {},
      pod: template.spec,
    },
  ];
}

function idOf({ kind, metadata }) {
  return `${kind}/${metadata.name}`;
}

function objectProblems(object) {
  const { kind, metadata } = object;
  const say = (text) => `${idOf(object)} ${text}`;
  const found = [];
  if (metadata.labels?.['app.kubernetes.io/managed-by'] !== 'spt-flow')
    found.push(say('lacks the label app.kubernetes.io/managed-by: spt-flow'));
  if (kind === 'Secret') found.push(say('is a secret in the repository'));
  if (kind === 'Namespace' && !metadata.labels?.['pod-security.kubernetes.io/enforce'])
    found.push(say('names no pod security level'));
  for (const rule of object.rules ?? []) {
    if ([...(rule.verbs ?? []), ...(rule.resources ?? []), ...(rule.apiGroups ?? [])].includes('*'))
      found.push(say('grants *'));
    // A patch answers with the whole secret.
    if (rule.resources?.includes('secrets') && !rule.verbs.every((verb) => BLIND.has(verb)))
      found.push(say('grants secrets'));
  }
  if (kind === 'RoleBinding' && object.roleRef.name === 'cluster-admin')
    found.push(say('makes somebody cluster-admin'));
  return found;
}

function podProblems({ id, pod, why }) {
  const say = (text) => `${id} ${text}`;
  const found = [];
  const excused = (reason) => Boolean(why[WHY[reason]]);
  if (pod.automountServiceAccountToken !== false && !excused('token'))
    found.push(say('gets a token of the cluster'));
  if (pod.hostNetwork || pod.hostPID || pod.hostIPC) found.push(say('shares what is the node’s'));
  if (pod.volumes?.some((volume) => volume.hostPath))
    found.push(say('mounts a folder of the node'));
  if (pod.securityContext?.seccompProfile?.type !== 'RuntimeDefault')
    found.push(say('has no seccomp profile'));
  if (pod.securityContext?.runAsNonRoot !== true && !excused('root'))
    found.push(say('may run as root'));
  for (const container of pod.containers)
    found.push(...containerProblems(container, excused).map(say));
  return found;
}

function containerProblems(
  { name, image, resources = {}, securityContext = {}, ...container },
  excused,
) {
  const found = [];
  if (!/@sha256:|:[^/]+$/.test(image) || image.endsWith(':latest'))
    found.push(`(${name}) has an image without a version: ${image}`);
  if (securityContext.privileged) found.push(`(${name}) is privileged`);
  if (!excused('root')) {
    if (securityContext.allowPrivilegeEscalation !== false)
      found.push(`(${name}) may gain privileges`);
    if (!securityContext.capabilities?.drop?.includes('ALL'))
      found.push(`(${name}) keeps capabilities`);
  }
  if (securityContext.readOnlyRootFilesystem !== true && !excused('writableRoot'))
    found.push(`(${name}) may write to its image`);
  if (!resources.requests?.cpu || !resources.requests?.memory || !resources.limits?.memory)
    found.push(`(${name}) asks for no processor and memory, or has no limit of memory`);
  if (!(container.readinessProbe && container.livenessProbe) && !excused('noProbes'))
    found.push(`(${name}) has no probes`);
  for (const { name: variable, value } of container.env ?? [])
    if (/(PASSWORD|TOKEN|SECRET|API_KEY)$/.test(variable) && value !== undefined)
      found.push(`(${name}) has a secret in plain sight: ${variable}`);
  return found;
}

function budgetProblems(object, workloads) {
  if (object.kind !== 'PodDisruptionBudget') return [];
  const { minAvailable, maxUnavailable, selector } = object.spec;
  const chosen = workloads.filter((workload) => matches(selector, workload, object));
  const stops =
    maxUnavailable === 0 ||
    maxUnavailable === '0%' ||
    minAvailable === '100%' ||
    chosen.some(({ replicas }) => typeof minAvailable === 'number' && minAvailable >= replicas);
  return stops ? [`${idOf(object)} stops every drain`] : [];
}

/** Selectors that choose nothing protect and serve nobody. */
function danglingProblems(object, workloads) {
  const { kind, spec } = object;
  const selectors = [];
  if (kind === 'PodDisruptionBudget') selectors.push(spec.selector);
  if (kind === 'Service') selectors.push({ matchLabels: spec.selector });
  if (kind === 'NetworkPolicy') {
    selectors.push(spec.podSelector);
    for (const peer of [...(spec.ingress ?? []), ...(spec.egress ?? [])].flatMap(
      ({ from = [], to = [] }) => [...from, ...to],
    ))
      if (peer.podSelector && !peer.namespaceSelector) selectors.push(peer.podSelector);
  }
  return selectors
    .filter((selector) => Object.keys(selector.matchLabels ?? {}).length > 0)
    .filter((selector) => !workloads.some((workload) => matches(selector, workload, object)))
    .map((selector) => `${idOf(object)} chooses no pod: ${JSON.stringify(selector.matchLabels)}`);
}

function matches(selector, workload, object) {
  return (
    workload.namespace === object.metadata.namespace &&
    Object.entries(selector.matchLabels ?? {}).every(
      ([label, value]) => workload.labels[label] === value,
    )
  );
}

/** Every pod is chosen by a policy, so that what nobody allowed is refused. */
function isolationProblems(objects, workloads) {
  const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
  return workloads
    .filter(
      (workload) => !policies.some((policy) => matches(policy.spec.podSelector, workload, policy)),
    )
    .map(({ id }) => `${id} is chosen by no NetworkPolicy`);
}
