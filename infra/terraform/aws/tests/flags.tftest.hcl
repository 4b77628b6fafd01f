# Combinations of flags that matter, and those that are refused.
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

run "nothing_chosen" {
  command = plan

  assert {
    condition     = length(local.machine_zones) == 1 && length(output.schedule_actions) == 0
    error_message = "Without flags: one zone, no schedule"
  }

  assert {
    condition     = local.node_groups["ws-od-us-east-1a"].min_size == 8
    error_message = "Without a schedule the baseline is always there"
  }

  assert {
    condition     = local.tags["ManagedBy"] == "spt-flow"
    error_message = "Everything is tagged"
  }
}

run "spot_without_schedule" {
  command = plan

  variables {
    deployment_features = { spot = true }
    workspace_nodes     = { baseline = 10, on_demand_percentage = 30 }
  }

  assert {
    condition     = local.node_groups["ws-od-us-east-1a"].min_size == 3 && local.node_groups["ws-spot-us-east-1a"].min_size == 7
    error_message = "Three of ten are on demand, and all stay"
  }
}

run "zones_share_what_does_not_divide" {
  command = plan

  variables {
    deployment_features = { high_availability = true }
    workspace_nodes     = { baseline = 8, max_size = 50 }
  }

  assert {
    condition     = [for zone in var.availability_zones : local.node_groups["ws-od-${zone}"].min_size] == [3, 3, 2]
    error_message = "Eight machines are three, three and two"
  }

  assert {
    condition     = local.node_groups["ws-od-us-east-1a"].max_size == 17
    error_message = "Fifty at most are seventeen in each zone"
  }
}

run "night_shift" {
  command = plan

  variables {
    deployment_features = { time_based_scaling = true }
    workspace_nodes     = { baseline = 8, off_hours_baseline = 2 }
    scaling_schedule    = { timezone = "Europe/Berlin", holidays = ["12-25"] }
  }

  assert {
    condition     = local.node_groups["ws-od-us-east-1a"].min_size == 2
    error_message = "Two machines stay at night"
  }

  assert {
    condition     = output.schedule_actions["holiday-ws-od-us-east-1a-12-25"] == "46 6 25 12 *"
    error_message = "A minute after the start of a holiday the minimum is taken back"
  }
}

run "neither_mirror_nor_backups" {
  command = plan

  variables {
    deployment_features = { backups = false, registry_mirror = false, vpc_endpoints = "none" }
  }

  assert {
    condition     = length(module.backup) == 0 && length(module.vpc_endpoints) == 0 && output.mirror_prefixes == {}
    error_message = "What is switched off is not there"
  }
}

run "government_region" {
  command = plan

  variables {
    region             = "us-gov-west-1"
    availability_zones = ["us-gov-west-1a", "us-gov-west-1b"]
  }

  assert {
    condition     = local.partition == "aws-us-gov"
    error_message = "Names of resources are those of the partition"
  }
}

run "refuses_pubsec_with_spot" {
  command = plan

  variables {
    deployment_features = { audit_trail = true, high_availability = true, nat_gateway = false, spot = true, vpc_endpoints = "full" }
    pattern             = "pubsec"
  }

  expect_failures = [var.pattern]
}

run "refuses_pubsec_with_a_way_out_without_reason" {
  command = plan

  variables {
    deployment_features = { audit_trail = true, high_availability = true, vpc_endpoints = "full" }
    pattern             = "pubsec"
  }

  expect_failures = [var.pattern]
}

run "refuses_pubsec_without_endpoints" {
  command = plan

  variables {
    deployment_features = { audit_trail = true, high_availability = true, vpc_endpoints = "gateway" }
    nat_gateway_reason  = "A reason that is long enough"
    pattern             = "pubsec"
  }

  expect_failures = [var.pattern]
}

run "refuses_pubsec_without_record_of_calls" {
  command = plan

  variables {
    deployment_features = { high_availability = true, nat_gateway = false, vpc_endpoints = "full" }
    pattern             = "pubsec"
  }

  expect_failures = [var.pattern]
}

run "refuses_sr_ha_in_one_zone" {
  command = plan

  variables {
    deployment_features = { spot = true }
    pattern             = "sr-ha"
  }

  expect_failures = [var.pattern]
}

run "refuses_sr_simple_in_three_zones" {
  command = plan

  variables {
    deployment_features = { high_availability = true }
    pattern             = "sr-simple"
  }

  expect_failures = [var.pattern]
}

run "refuses_machines_without_a_way_to_aws" {
  command = plan

  variables {
    deployment_features = { nat_gateway = false }
  }

  expect_failures = [var.deployment_features]
}

run "refuses_three_zones_of_two" {
  command = plan

  variables {
    deployment_features = { high_availability = true }
    availability_zones  = ["us-east-1a", "us-east-1b"]
  }

  expect_failures = [var.deployment_features]
}

run "refuses_spot_that_buys_none" {
  command = plan

  variables {
    deployment_features = { spot = true }
    workspace_nodes     = { on_demand_percentage = 100 }
  }

  expect_failures = [var.deployment_features]
}

run "refuses_one_zone_of_subnets" {
  command = plan

  variables {
    availability_zones = ["us-east-1a"]
  }

  expect_failures = [var.availability_zones]
}

run "refuses_zones_of_another_region" {
  command = plan

  variables {
    region = "eu-central-1"
  }

  expect_failures = [var.availability_zones]
}

run "refuses_a_database_that_sleeps" {
  command = plan

  variables {
    database = { min_acu = 0 }
  }

  expect_failures = [var.database]
}

run "refuses_an_api_for_everybody" {
  command = plan

  variables {
    public_access_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.public_access_cidrs]
}

run "refuses_est" {
  command = plan

  variables {
    scaling_schedule = { timezone = "EST" }
  }

  expect_failures = [var.scaling_schedule]
}

run "refuses_machines_that_end_before_workspaces" {
  command = plan

  variables {
    scaling_schedule = { stop_time = "30 18 * * MON-FRI" }
  }

  expect_failures = [var.scaling_schedule]
}

run "refuses_another_owner_in_tags" {
  command = plan

  variables {
    tags = { ManagedBy = "somebody" }
  }

  expect_failures = [var.tags]
}

run "refuses_types_of_two_sizes" {
  command = plan

  variables {
    workspace_nodes = { instance_types = ["m5.2xlarge", "m5.4xlarge"] }
  }

  expect_failures = [var.workspace_nodes]
}

run "refuses_spot_alone" {
  command = plan

  variables {
    workspace_nodes = { on_demand_percentage = 0 }
  }

  expect_failures = [var.workspace_nodes]
}
