# Run with -var-file=patterns/sr-ha.tfvars.
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
  account_id           = "111122223333"
  admin_principal_arns = ["arn:aws:iam::111122223333:role/platform-admins"]
}

run "pattern" {
  command = plan

  assert {
    condition     = length(local.machine_zones) == 3 && local.nat_gateway_count == 3
    error_message = "Machines and NAT gateways are in three zones"
  }

  assert {
    condition     = length(local.workspace_groups) == 6 && alltrue([for group in local.workspace_groups : length(group.subnet_ids) == 1])
    error_message = "Workspaces have an on-demand and a spot group in each zone, each with one subnet"
  }

  assert {
    condition     = sum([for group in local.workspace_groups : group.on_hours]) == 8
    error_message = "Eight machines are there in office hours"
  }

  assert {
    condition     = sum([for group in local.workspace_groups : group.on_hours if group.capacity_type == "ON_DEMAND"]) == 2
    error_message = "A fifth of them, rounded up, is on demand"
  }

  assert {
    condition     = sum([for key, group in local.node_groups : group.min_size if key != "system"]) == 0
    error_message = "At night only the system machines stay"
  }

  assert {
    condition     = local.node_groups["system"].min_size == 3 && local.node_groups["system"].capacity_type == "ON_DEMAND"
    error_message = "System machines are three, on demand"
  }

  assert {
    condition     = length(local.interface_services) == 6 && output.schedule_actions["start-ws-od-us-east-1a"] == "45 6 * * MON-FRI"
    error_message = "Six interface endpoints, and machines start at 06:45"
  }

  assert {
    condition     = output.schedule_actions["stop-ws-spot-us-east-1c"] == "25 18 * * MON-FRI"
    error_message = "Machines end after workspaces have stopped at 18:15"
  }

  assert {
    condition     = contains(keys(output.schedule_actions), "start-provisioners")
    error_message = "Provisioners follow the schedule too"
  }
}
