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
  name         = "p"
  tags         = { ManagedBy = "spt-flow" }

  roles = {
    driver = { managed_policy_arns = ["arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"] }
    reader = {
      namespace       = "n"
      service_account = "s"
      statements      = [{ actions = ["s3:GetObject"], resources = ["arn:aws:s3:::b/*"], condition = { Bool = { "aws:SecureTransport" = "true" } } }]
    }
  }
}

run "roles" {
  command = plan

  assert {
    condition     = keys(aws_eks_pod_identity_association.main) == ["reader"] && keys(aws_iam_role_policy_attachment.main) == ["driver-0"]
    error_message = "A role without a service account is associated by its add-on"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.main["reader"].policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "true"
    error_message = "Conditions are kept"
  }

  assert {
    condition     = alltrue([for role in aws_iam_role.main : jsondecode(role.assume_role_policy).Statement[0].Principal.Service == "pods.eks.amazonaws.com"])
    error_message = "Pods take the roles, and nobody else"
  }
}
