import { IMAGE_ERRORS } from './image-errors.mjs';
import { KUBERNETES_ERRORS } from './kubernetes-errors.mjs';

const AWS = 'infra/terraform/aws';
const MODULES = `${AWS}/modules`;
const PRICES = 'packages/shared/src/domain/aws-prices.json';

/** Errors that were seen to be found: where, what, and by which check. Without `to` the file is deleted. */
export const PLANTED_ERRORS = [
  ...IMAGE_ERRORS,
  // Files of Terraform, by the fast checks.
  {
    file: `${AWS}/main.tf`,
    from: '  name       = var.name',
    to: '  name = var.name',
    found: 'terraform format',
  },
  {
    file: `${AWS}/patterns/sr-ha.tfvars`,
    from: 'spot               =',
    to: 'spot =',
    found: 'terraform format',
  },
  { file: `${AWS}/terraform.tfvars.example`, found: 'terraform conventions' },
  {
    file: 'infra/terraform/coder-template/terraform.tfvars.example',
    found: 'terraform conventions',
  },
  { file: `${MODULES}/audit/versions.tf`, found: 'terraform conventions' },
  {
    file: `${AWS}/variables.tf`,
    from: 'description = "AWS region."',
    to: 'default = "x"',
    found: 'terraform conventions',
  },
  {
    file: `${MODULES}/database/variables.tf`,
    from: 'variable "max_acu"',
    to: 'variable "zz_acu"',
    found: 'terraform conventions',
  },
  {
    file: `${MODULES}/network/network.tf`,
    from: 'locals {',
    to: 'provider "aws" {\n}\nlocals {',
    found: 'terraform conventions',
  },
  {
    file: `${AWS}/main.tf`,
    from: '"./modules/network"',
    to: '"terraform-aws-modules/vpc/aws"',
    found: 'terraform conventions',
  },
  {
    file: `${AWS}/providers.tf`,
    from: 'region              = var.region',
    to: 'access_key = "AKIA"',
    found: 'terraform conventions',
  },
  // What the provider's own schema and rules find.
  {
    file: `${MODULES}/database/database.tf`,
    from: 'storage_encrypted ',
    to: 'storage_encryption ',
    found: 'terraform validate',
  },
  {
    file: `${MODULES}/network/network.tf`,
    from: '  vpc_id            = aws_vpc.main.id\n',
    to: '',
    found: 'terraform validate',
  },
  {
    file: `${MODULES}/registry/registry.tf`,
    from: '"IMMUTABLE"',
    to: '"FIXED"',
    found: 'terraform validate',
  },
  {
    file: `${MODULES}/cluster/cluster.tf`,
    from: 'support_type = "STANDARD"',
    to: 'support_type = "CHEAP"',
    found: 'terraform validate',
  },
  {
    file: `${AWS}/outputs.tf`,
    from: 'module.cluster.endpoint',
    to: 'module.cluster.address',
    found: 'terraform validate',
  },
  // What tests and goldens find.
  {
    file: `${MODULES}/schedule/schedule.tf`,
    from: 'max_size               = -1',
    to: 'max_size               = 0',
    found: 'module schedule',
  },
  {
    file: `${MODULES}/node-groups/node-groups.tf`,
    from: 'http_tokens                 = "required"',
    to: 'http_tokens                 = "optional"',
    found: 'module node-groups',
  },
  {
    file: `${AWS}/locals.tf`,
    from: 'slice(var.availability_zones, 0, 1)',
    to: 'var.availability_zones',
    found: 'plan of sr-simple',
  },
  {
    file: `${AWS}/patterns/sr-ha.tfvars`,
    from: 'min_acu = 1\n',
    to: 'min_acu = 2\n',
    found: 'plan of sr-ha',
  },
  {
    file: `${AWS}/patterns/pubsec.tfvars`,
    from: 'nat_gateway        = false',
    to: 'nat_gateway        = true',
    found: 'plan of pubsec',
  },
  {
    file: `${AWS}/tests/golden/sr-simple.txt`,
    from: '10.40.32.0/19',
    to: '10.40.33.0/19',
    found: 'plan of sr-simple',
  },
  {
    file: `${MODULES}/audit/tests/audit.tftest.hcl`,
    from: '==',
    to: '!=',
    found: 'module audit',
  },
  {
    file: 'infra/terraform/coder-template/main.tf',
    from: '=',
    to: '  =',
    found: 'terraform format',
  },
  // Files of policies.
  {
    file: 'infra/policy/terraform/encryption/encryption.rego',
    from: 'import data',
    to: '  import   data',
    found: 'policy format',
  },
  {
    file: 'infra/policy/terraform/encryption/encryption.rego',
    from: 'plan.of_type("aws_cloudtrail")',
    to: 'plan.of_typo("aws_cloudtrail")',
    found: 'policy types',
  },
  {
    file: 'infra/policy/terraform/schedule-pairs/schedule-pairs.rego',
    from: 'size != -1',
    to: 'size == 1',
    found: 'policy tests',
  },
  {
    file: 'infra/policy/workspace/mounts/samples/disallowed/sample.json',
    from: '"hostPath"',
    to: '"emptyDir"',
    found: 'policy tests',
  },
  { file: 'infra/policy/workspace/limits/limits.test.rego', found: 'policy samples' },
  {
    file: 'infra/policy/terraform/required-tags/samples/disallowed/sample.json',
    found: 'policy samples',
  },
  {
    file: 'infra/policy/workspace/sizes/sizes.rego',
    from: 'not workload.is_listed',
    to: 'workload.is_listed',
    found: 'policy tests',
  },
  {
    file: 'infra/policy/lib/workload.rego',
    from: 'package sptflow.lib.workload',
    to: 'package sptflow.lib.work',
    found: 'policy types',
  },
  { file: 'infra/policy/config/data.json', from: '"m5n"', to: '"c9"', found: 'policy on plans' },
  { file: 'infra/policy/config/data.json', from: '40000', to: '400', found: 'policy on plans' },
  // The table of prices.
  { file: PRICES, from: '"t3.large": 0.0832', to: '"t3.large": "0.0832"', found: 'prices' },
  {
    file: PRICES,
    from: '"eks_cluster_hour_usd": 0.1',
    to: '"eks_cluster_hour_usd": 73',
    found: 'prices',
  },
  {
    file: PRICES,
    from: '"eks_cluster_hour_usd": "aws',
    to: '"eks_hour_usd": "aws',
    found: 'prices',
  },
  { file: PRICES, from: '"m5n.2xlarge": ', to: '"m5n.4xlarge": ', found: 'prices' },
  // What is pinned.
  {
    file: 'docs/infrastructure/compatibility.md',
    from: '`v1.12.6`',
    to: '`v1.12.5`',
    found: 'versions',
  },
  { file: 'infra/VERSION', from: '0.1.0', to: '7.0.0', found: 'releases' },
  ...KUBERNETES_ERRORS,
];
