provider "aws" {
  region                      = "us-east-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  kms_key_arn         = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  mirrored_registries = { quay = "quay.io" }
  name                = "r"
  repositories        = ["agent"]
  tags                = { ManagedBy = "spt-flow" }
}

run "own_and_mirrored" {
  command = plan

  assert {
    condition     = aws_ecr_repository.main["agent"].image_tag_mutability == "IMMUTABLE" && aws_ecr_repository.main["agent"].encryption_configuration[0].encryption_type == "KMS"
    error_message = "Images do not change and are encrypted"
  }

  assert {
    condition     = aws_ecr_pull_through_cache_rule.main["quay"].upstream_registry_url == "quay.io" && aws_ecr_repository_creation_template.main["quay"].resource_tags["ManagedBy"] == "spt-flow"
    error_message = "What is mirrored is tagged too"
  }
}
