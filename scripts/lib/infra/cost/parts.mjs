import { inRoot } from '../../root.mjs';
import { importTypeScript } from '../tools/import-typescript.mjs';

/** costProblems finds where the estimate counts other things than the plan builds. */
export async function costProblems(pattern, plan) {
  const { PATTERN_PARTS } = await importTypeScript(
    inRoot('packages/shared/src/domain/infra-cost.ts'),
  );
  const known = PATTERN_PARTS[pattern];
  const found = partsOf(plan);
  return Object.keys(found)
    .filter((part) => found[part] !== known[part])
    .map(
      (part) =>
        `infra-cost.ts counts ${part} of ${pattern} as ${known[part]}, the plan has ${found[part]}`,
    );
}

function partsOf(plan) {
  const of = (type) => plan.resource_changes.filter((change) => change.type === type);
  const groups = of('aws_eks_node_group').map(({ change }) => change.after);
  const system = groups.find(({ labels }) => labels['spt-flow.dev/role'] === 'system');
  const zones = of('aws_eks_node_group')
    .map(({ index }) => /^ws-od-(.+)$/.exec(index)?.[1])
    .filter(Boolean);
  const [cluster] = of('aws_rds_cluster');
  return {
    systemNodes: system.scaling_config[0].min_size,
    zones: zones.length,
    natGateways: of('aws_nat_gateway').length,
    interfaceEndpoints: of('aws_vpc_endpoint').filter(
      ({ change }) => change.after.vpc_endpoint_type === 'Interface',
    ).length,
    databaseInstances: of('aws_rds_cluster_instance').length,
    minAcu: cluster.change.after.serverlessv2_scaling_configuration[0].min_capacity,
  };
}
