import { IMAGE_MUTATIONS } from './planted-image-errors.mjs';

const AWS = 'terraform/aws';
const MODULES = `${AWS}/modules`;

/** Errors that were seen to be found: where, what, and by which check. Without `to` the file is deleted. */
export const MUTATIONS = [
  ...IMAGE_MUTATIONS,
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
  { file: 'terraform/coder-template/terraform.tfvars.example', found: 'terraform conventions' },
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
  // Files of policies.
  {
    file: 'policy/terraform/encryption/encryption.rego',
    from: 'import data',
    to: '  import   data',
    found: 'policy format',
  },
  {
    file: 'policy/terraform/encryption/encryption.rego',
    from: 'plan.of_type("aws_cloudtrail")',
    to: 'plan.of_typo("aws_cloudtrail")',
    found: 'policy types',
  },
  {
    file: 'policy/terraform/schedule-pairs/schedule-pairs.rego',
    from: 'size != -1',
    to: 'size == 1',
    found: 'policy tests',
  },
  {
    file: 'policy/workspace/mounts/samples/disallowed/sample.json',
    from: '"hostPath"',
    to: '"emptyDir"',
    found: 'policy tests',
  },
  { file: 'policy/workspace/limits/limits.test.rego', found: 'policy samples' },
  {
    file: 'policy/terraform/required-tags/samples/disallowed/sample.json',
    found: 'policy samples',
  },
  { file: 'policy/config/data.json', from: '"m5n"', to: '"c9"', found: 'policy on plans' },
  { file: 'policy/config/data.json', from: '40000', to: '400', found: 'policy on plans' },
];
