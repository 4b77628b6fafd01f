# Run with -var-file=patterns/pubsec.tfvars.
# The provider plans without an account: nothing is asked of AWS.
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  account_id = "111122223333"
}

run "pattern" {
  command = plan

  assert {
    condition     = alltrue([for group in local.node_groups : group.capacity_type == "ON_DEMAND"]) && length(local.workspace_groups) == 3
    error_message = "All machines are on demand, a group in each zone"
  }

  assert {
    condition     = local.nat_gateway_count == 0
    error_message = "Nothing leads to the internet"
  }

  assert {
    condition     = length(setsubtract(["ec2", "ecr.api", "ecr.dkr", "logs", "sts", "kms"], local.interface_services)) == 0 && length(local.interface_services) == 12
    error_message = "AWS is called through twelve interface endpoints and the one of S3"
  }

  assert {
    condition     = length(module.audit) == 1
    error_message = "Every call is recorded"
  }
}

run "exception_with_a_reason" {
  command = plan

  variables {
    deployment_features = { audit_trail = true, high_availability = true, nat_gateway = true, vpc_endpoints = "full" }
    nat_gateway_reason  = "The model is outside of AWS, ticket 4711"
  }

  assert {
    condition     = local.nat_gateway_count == 3 && local.tags["NatGatewayReason"] == "The model is outside of AWS, ticket 4711"
    error_message = "The exception is built, and its reason stands in every tag"
  }
}
