# Run with -var-file=patterns/sr-simple.tfvars.
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
    condition     = length(local.machine_zones) == 1 && local.nat_gateway_count == 1 && length(var.availability_zones) == 3
    error_message = "Machines and NAT gateway are in one zone, subnets in all"
  }

  assert {
    condition     = keys(local.workspace_groups) == ["ws-od-us-east-1a"] && local.workspace_groups["ws-od-us-east-1a"].on_hours == 8
    error_message = "One group of eight machines on demand"
  }

  assert {
    condition     = local.node_groups["system"].min_size == 2 && length(local.interface_services) == 0 && contains(local.gateway_services, "s3")
    error_message = "Two system machines and the endpoint that costs nothing"
  }
}
