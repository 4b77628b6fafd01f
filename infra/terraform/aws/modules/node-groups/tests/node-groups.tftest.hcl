provider "aws" {
  region                      = "us-east-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  cluster_name = "c"
  kms_key_arn  = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  name         = "c"
  partition    = "aws"
  tags         = { ManagedBy = "spt-flow" }

  groups = {
    system = {
      capacity_type  = "ON_DEMAND"
      disk_gib       = 50
      instance_types = ["t3.large"]
      labels         = { "spt-flow.dev/role" = "system" }
      max_size       = 6
      min_size       = 2
      subnet_ids     = ["subnet-1", "subnet-2"]
    }
    ws = {
      capacity_type  = "SPOT"
      disk_gib       = 100
      instance_types = ["m5.2xlarge", "m5a.2xlarge"]
      labels         = { "spt-flow.dev/role" = "workspace" }
      max_size       = 10
      min_size       = 0
      subnet_ids     = ["subnet-1"]
      tainted_for    = "workspaces"
    }
  }
}

run "machines" {
  command = plan

  assert {
    condition     = aws_eks_node_group.main["ws"].capacity_type == "SPOT" && one(aws_eks_node_group.main["ws"].taint).value == "workspaces"
    error_message = "Workspaces have machines that nothing else uses"
  }

  assert {
    condition     = length(aws_eks_node_group.main["system"].taint) == 0
    error_message = "Anything may run on system machines"
  }

  assert {
    condition     = alltrue([for template in aws_launch_template.main : template.block_device_mappings[0].ebs[0].encrypted == "true" && template.block_device_mappings[0].ebs[0].kms_key_id == var.kms_key_arn])
    error_message = "Disks are encrypted with the given key"
  }

  assert {
    condition     = alltrue([for template in aws_launch_template.main : template.metadata_options[0].http_tokens == "required" && template.metadata_options[0].http_put_response_hop_limit == 1])
    error_message = "Pods do not reach the role of the machine"
  }

  assert {
    condition     = alltrue([for template in aws_launch_template.main : alltrue([for tags in template.tag_specifications : tags.tags["ManagedBy"] == "spt-flow"])])
    error_message = "Machines and disks are tagged"
  }
}

run "refuses_a_group_that_can_have_no_machine" {
  command = plan

  variables {
    groups = {
      ws = {
        capacity_type  = "SPOT"
        disk_gib       = 100
        instance_types = ["m5.2xlarge"]
        labels         = {}
        max_size       = 0
        min_size       = 0
        subnet_ids     = ["subnet-1"]
      }
    }
  }

  expect_failures = [var.groups]
}
