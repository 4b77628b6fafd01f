/** wiringProblems finds names that lead nowhere: of accounts, ports and pods, and pods that would share one node. */
export function wiringProblems(objects, workloads) {
  return [
    ...workloads.flatMap((workload) => [
      ...selectorProblems(workload),
      ...accountProblems(workload, objects),
      ...workload.pod.containers.flatMap((container) => portProblems(workload, container)),
      ...workload.pod.containers.flatMap((container) => variableProblems(workload, container)),
      ...spreadProblems(workload),
    ]),
    ...objects.flatMap((object) => targetProblems(object, workloads)),
  ];
}

function selectorProblems({ id, selector, labels }) {
  const isOwn = Object.entries(selector?.matchLabels ?? {}).every(
    ([label, value]) => labels[label] === value,
  );
  return isOwn ? [] : [`${id} does not choose its own pods`];
}

function accountProblems({ id, namespace, pod }, objects) {
  const account = pod.serviceAccountName ?? 'default';
  const isThere = objects.some(
    ({ kind, metadata }) =>
      kind === 'ServiceAccount' && metadata.name === account && metadata.namespace === namespace,
  );
  return isThere || account === 'default' ? [] : [`${id} runs as '${account}', which is nobody`];
}

function portProblems({ id }, { name, ports = [], ...container }) {
  const known = ports.flatMap((port) => [port.name, port.containerPort]);
  return ['startupProbe', 'readinessProbe', 'livenessProbe']
    .map((probe) => container[probe]?.httpGet?.port ?? container[probe]?.tcpSocket?.port)
    .filter((port) => port !== undefined && !known.includes(port))
    .map((port) => `${id} (${name}) is probed at ${port}, where nothing listens`);
}

function variableProblems({ id }, { name, env = [] }) {
  const names = env.map((variable) => variable.name);
  const twice = names.filter((variable, at) => names.indexOf(variable) !== at);
  return twice.map((variable) => `${id} (${name}) sets ${variable} twice`);
}

function spreadProblems({ id, kind, replicas, pod }) {
  const isSpread =
    kind === 'DaemonSet' || replicas < 2 || pod.topologySpreadConstraints || pod.affinity;
  return isSpread ? [] : [`${id} may have all of its pods on one node`];
}

function targetProblems({ kind, metadata, spec }, workloads) {
  if (kind !== 'Service') return [];
  const chosen = workloads.filter(
    ({ namespace, labels }) =>
      namespace === metadata.namespace &&
      Object.entries(spec.selector ?? {}).every(([label, value]) => labels[label] === value),
  );
  const known = chosen.flatMap(({ pod }) =>
    pod.containers.flatMap(({ ports = [] }) => ports.map((port) => port.name)),
  );
  // A number need not be told by the pod.
  return (spec.ports ?? [])
    .map(({ targetPort }) => targetPort)
    .filter((target) => typeof target === 'string' && !known.includes(target))
    .map((target) => `Service/${metadata.name} leads to ${target}, where nothing listens`);
}
