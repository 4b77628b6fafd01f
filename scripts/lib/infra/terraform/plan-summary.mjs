/** Attributes that a reviewer of a change wants to see, by type; of other types only the address is kept. */
const SHOWN = {
  aws_autoscaling_schedule: ['recurrence', 'time_zone', 'min_size', 'max_size', 'desired_capacity'],
  aws_cloudwatch_log_group: ['retention_in_days'],
  aws_ecr_pull_through_cache_rule: ['upstream_registry_url'],
  aws_eks_addon: ['addon_name'],
  aws_eks_cluster: ['version', 'deletion_protection', 'vpc_config', 'zonal_shift_config'],
  aws_eks_node_group: ['capacity_type', 'instance_types', 'scaling_config', 'taint'],
  aws_iam_role_policy_attachment: ['policy_arn'],
  aws_rds_cluster: [
    'backup_retention_period',
    'deletion_protection',
    'serverlessv2_scaling_configuration',
    'storage_encrypted',
  ],
  aws_rds_cluster_instance: ['instance_class', 'publicly_accessible'],
  aws_subnet: ['availability_zone', 'cidr_block'],
  aws_vpc: ['cidr_block'],
  aws_vpc_endpoint: ['service_name', 'vpc_endpoint_type'],
};

/** summarize is a plan as text: how many of what, then a line for each resource. */
export function summarize(plan) {
  const changes = plan.resource_changes
    .filter(({ mode }) => mode === 'managed')
    .sort((a, b) => (a.address < b.address ? -1 : 1));
  const counts = new Map();
  for (const { type } of changes) counts.set(type, (counts.get(type) ?? 0) + 1);
  const totals = [...counts].sort().map(([type, count]) => `${String(count).padStart(4)} ${type}`);
  return [`${changes.length} resources`, '', ...totals, '', ...changes.map(lineOf), ''].join('\n');
}

function lineOf({ address, type, change }) {
  const shown = (SHOWN[type] ?? [])
    .filter((name) => isShown(change.after[name]))
    .map((name) => `${name}=${JSON.stringify(withoutEmpty(change.after[name]))}`);
  return [address, ...shown].join(' ');
}

function isShown(value) {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

/** Blocks are lists of objects whose unset attributes are null. */
function withoutEmpty(value) {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => isShown(inner))
      .map(([name, inner]) => [name, withoutEmpty(inner)]),
  );
}
