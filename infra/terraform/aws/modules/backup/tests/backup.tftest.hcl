provider "aws" {
  region                      = "us-east-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  account_id     = "111122223333"
  kms_key_arn    = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  name           = "backup"
  partition      = "aws"
  retention_days = 14
  tags           = { ManagedBy = "spt-flow" }
}

run "copies" {
  command = plan

  assert {
    condition     = one(aws_backup_plan.main.rule).lifecycle[0].delete_after == 14 && aws_backup_vault.main.kms_key_arn == var.kms_key_arn
    error_message = "Copies of volumes are kept for the given days, encrypted"
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.main.block_public_policy && aws_s3_bucket_versioning.main.versioning_configuration[0].status == "Enabled"
    error_message = "The bucket is private, and what is overwritten can be had back"
  }

  assert {
    condition     = coalesce(one(one(aws_s3_bucket_lifecycle_configuration.main.rule).expiration).days, 0) == 0
    error_message = "What the product lists is there until the product removes it"
  }

  assert {
    condition     = one(one(aws_backup_selection.main.condition).string_equals).value == "spt-flow"
    error_message = "Only volumes of ours are copied"
  }
}
