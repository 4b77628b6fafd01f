provider "aws" {
  region                      = "us-east-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  allowed_security_group_id = "sg-1"
  backup_retention_days     = 14
  engine_version            = "16.9"
  instance_count            = 2
  kms_key_arn               = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  max_acu                   = 16
  min_acu                   = 0.5
  name                      = "d"
  protected                 = true
  subnet_ids                = ["subnet-1", "subnet-2"]
  tags                      = { ManagedBy = "spt-flow" }
  vpc_id                    = "vpc-1"
}

run "protected" {
  command = plan

  assert {
    condition     = aws_rds_cluster.main.serverlessv2_scaling_configuration[0].min_capacity == 0.5 && aws_rds_cluster.main.serverlessv2_scaling_configuration[0].max_capacity == 16
    error_message = "It scales from 0.5 to 16 ACU"
  }

  assert {
    condition     = aws_rds_cluster.main.storage_encrypted && aws_rds_cluster.main.kms_key_id == var.kms_key_arn && aws_rds_cluster.main.manage_master_user_password
    error_message = "It is encrypted, and AWS keeps its password"
  }

  assert {
    condition     = aws_rds_cluster.main.deletion_protection && !aws_rds_cluster.main.skip_final_snapshot && aws_rds_cluster.main.final_snapshot_identifier == "d-last"
    error_message = "It cannot be deleted by accident"
  }

  assert {
    condition     = length(aws_rds_cluster_instance.main) == 2 && alltrue([for instance in aws_rds_cluster_instance.main : !instance.publicly_accessible && instance.instance_class == "db.serverless"])
    error_message = "A second instance takes over, and none is public"
  }

  assert {
    condition     = aws_rds_cluster_parameter_group.main.family == "aurora-postgresql16" && one(aws_rds_cluster_parameter_group.main.parameter).name == "rds.force_ssl"
    error_message = "Connections are encrypted"
  }
}
