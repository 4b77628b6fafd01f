resource "aws_db_subnet_group" "main" {
  name       = var.name
  subnet_ids = var.subnet_ids
  tags       = var.tags
}

resource "aws_security_group" "main" {
  name        = "${var.name}-database"
  description = "PostgreSQL, from the machines of the cluster"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-database" })
}

resource "aws_vpc_security_group_ingress_rule" "postgresql" {
  security_group_id            = aws_security_group.main.id
  description                  = "PostgreSQL from the machines of the cluster"
  referenced_security_group_id = var.allowed_security_group_id
  from_port                    = 5432
  to_port                      = 5432
  ip_protocol                  = "tcp"
  tags                         = var.tags
}

resource "aws_rds_cluster_parameter_group" "main" {
  name   = var.name
  family = "aurora-postgresql${split(".", var.engine_version)[0]}"
  tags   = var.tags

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
}

resource "aws_rds_cluster" "main" {
  cluster_identifier                  = var.name
  engine                              = "aurora-postgresql"
  engine_mode                         = "provisioned"
  engine_version                      = var.engine_version
  database_name                       = "sptflow"
  master_username                     = "sptflow"
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = var.kms_key_arn
  iam_database_authentication_enabled = true
  storage_encrypted                   = true
  kms_key_id                          = var.kms_key_arn
  backup_retention_period             = var.backup_retention_days
  copy_tags_to_snapshot               = true
  db_cluster_parameter_group_name     = aws_rds_cluster_parameter_group.main.name
  db_subnet_group_name                = aws_db_subnet_group.main.name
  deletion_protection                 = var.protected
  enabled_cloudwatch_logs_exports     = ["postgresql"]
  final_snapshot_identifier           = var.protected ? "${var.name}-last" : null
  skip_final_snapshot                 = !var.protected
  vpc_security_group_ids              = [aws_security_group.main.id]
  tags                                = var.tags

  serverlessv2_scaling_configuration {
    max_capacity = var.max_acu
    min_capacity = var.min_acu
  }
}

resource "aws_rds_cluster_instance" "main" {
  count = var.instance_count

  identifier                      = "${var.name}-${count.index + 1}"
  cluster_identifier              = aws_rds_cluster.main.id
  engine                          = aws_rds_cluster.main.engine
  engine_version                  = aws_rds_cluster.main.engine_version
  instance_class                  = "db.serverless"
  auto_minor_version_upgrade      = true
  copy_tags_to_snapshot           = true
  performance_insights_enabled    = true
  performance_insights_kms_key_id = var.kms_key_arn
  publicly_accessible             = false
  tags                            = var.tags
}
