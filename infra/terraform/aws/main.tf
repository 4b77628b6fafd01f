module "encryption" {
  source = "./modules/encryption"

  account_id = var.account_id
  name       = var.name
  partition  = local.partition
  region     = var.region
  tags       = local.tags
}

module "network" {
  source = "./modules/network"

  availability_zones = var.availability_zones
  cidr_block         = var.cidr_block
  kms_key_arn        = module.encryption.key_arn
  log_retention_days = var.log_retention_days
  name               = var.name
  nat_gateway_count  = local.nat_gateway_count
  tags               = local.tags
}

module "vpc_endpoints" {
  source = "./modules/vpc-endpoints"
  count  = local.features.vpc_endpoints == "none" ? 0 : 1

  cidr_block         = var.cidr_block
  gateway_services   = local.gateway_services
  interface_services = local.interface_services
  name               = var.name
  region             = var.region
  route_table_ids    = values(module.network.private_route_table_ids)
  subnet_ids         = [for zone in local.machine_zones : module.network.private_subnet_ids[zone]]
  tags               = local.tags
  vpc_id             = module.network.vpc_id
}

module "cluster" {
  source = "./modules/cluster"

  admin_principal_arns = var.admin_principal_arns
  deletion_protection  = local.features.high_availability
  kms_key_arn          = module.encryption.key_arn
  kubernetes_version   = var.kubernetes_version
  log_retention_days   = var.log_retention_days
  name                 = var.name
  partition            = local.partition
  public_access_cidrs  = var.public_access_cidrs
  subnet_ids           = values(module.network.private_subnet_ids)
  tags                 = local.tags
  zonal_shift          = local.features.high_availability
}

module "addons" {
  source = "./modules/addons"

  cluster_name           = module.cluster.name
  tags                   = local.tags
  volume_driver_role_arn = module.pod_identity.role_arns["volume-driver"]

  depends_on = [module.node_groups]
}

module "database" {
  source = "./modules/database"

  allowed_security_group_id = module.cluster.security_group_id
  backup_retention_days     = var.database.backup_retention_days
  engine_version            = var.database.engine_version
  instance_count            = local.features.high_availability ? 2 : 1
  kms_key_arn               = module.encryption.key_arn
  max_acu                   = var.database.max_acu
  min_acu                   = var.database.min_acu
  name                      = var.name
  protected                 = local.features.high_availability
  subnet_ids                = values(module.network.database_subnet_ids)
  tags                      = local.tags
  vpc_id                    = module.network.vpc_id
}

module "registry" {
  source = "./modules/registry"

  kms_key_arn         = module.encryption.key_arn
  mirrored_registries = local.features.registry_mirror ? var.mirrored_registries : {}
  name                = var.name
  repositories        = ["agent", "coder-base", "control-plane"]
  tags                = local.tags
}

module "backup" {
  source = "./modules/backup"
  count  = local.features.backups ? 1 : 0

  account_id     = var.account_id
  kms_key_arn    = module.encryption.key_arn
  name           = var.name
  partition      = local.partition
  retention_days = var.database.backup_retention_days
  tags           = local.tags
}

module "audit" {
  source = "./modules/audit"
  count  = local.features.audit_trail ? 1 : 0

  account_id     = var.account_id
  kms_key_arn    = module.encryption.key_arn
  name           = var.name
  partition      = local.partition
  region         = var.region
  retention_days = var.log_retention_days
  tags           = local.tags
}
