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
  name           = "audit"
  partition      = "aws"
  region         = "us-east-1"
  retention_days = 365
  tags           = { ManagedBy = "spt-flow" }
}

run "record" {
  command = plan

  assert {
    condition     = aws_cloudtrail.main.is_multi_region_trail && aws_cloudtrail.main.enable_log_file_validation
    error_message = "Every region is recorded, and a change of the record shows"
  }

  assert {
    condition     = aws_s3_bucket_object_lock_configuration.main.rule[0].default_retention[0].mode == "COMPLIANCE" && aws_s3_bucket_object_lock_configuration.main.rule[0].default_retention[0].days == 365
    error_message = "Nobody deletes the record"
  }
}
