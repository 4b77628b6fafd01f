provider "aws" {
  region                      = "us-east-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  admin_principal_arns = ["arn:aws:iam::111122223333:role/admins"]
  deletion_protection  = true
  kms_key_arn          = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  kubernetes_version   = "1.35"
  log_retention_days   = 90
  name                 = "spt-flow"
  partition            = "aws"
  public_access_cidrs  = []
  subnet_ids           = ["subnet-1", "subnet-2"]
  tags                 = { ManagedBy = "spt-flow" }
  zonal_shift          = true
}

run "private_by_default" {
  command = plan

  assert {
    condition     = !aws_eks_cluster.main.vpc_config[0].endpoint_public_access && aws_eks_cluster.main.vpc_config[0].endpoint_private_access
    error_message = "The API is inside the VPC only"
  }

  assert {
    condition     = aws_eks_cluster.main.encryption_config[0].provider[0].key_arn == var.kms_key_arn && aws_eks_cluster.main.deletion_protection
    error_message = "Secrets are encrypted, and the cluster is protected"
  }

  assert {
    condition     = length(aws_eks_cluster.main.enabled_cluster_log_types) == 5 && aws_eks_cluster.main.upgrade_policy[0].support_type == "STANDARD"
    error_message = "Everything is logged, and old versions are not paid for"
  }

  assert {
    condition     = jsondecode(aws_eks_addon.before_machines["vpc-cni"].configuration_values).enableNetworkPolicy == "true"
    error_message = "Network policies are obeyed"
  }

  assert {
    condition     = !aws_eks_cluster.main.access_config[0].bootstrap_cluster_creator_admin_permissions && length(aws_eks_access_policy_association.admin) == 1
    error_message = "Only who is named administers it"
  }
}

run "for_an_office" {
  command = plan

  variables {
    public_access_cidrs = ["198.51.100.0/24"]
  }

  assert {
    condition     = aws_eks_cluster.main.vpc_config[0].endpoint_public_access && toset(aws_eks_cluster.main.vpc_config[0].public_access_cidrs) == toset(["198.51.100.0/24"])
    error_message = "Only the office reaches it"
  }
}
