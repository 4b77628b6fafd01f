# Pods get short-lived credentials by their service account; there are no keys.

module "pod_identity" {
  source = "./modules/pod-identity"

  cluster_name = module.cluster.name
  name         = var.name
  tags         = local.tags

  roles = merge(
    {
      autoscaler = {
        namespace       = "kube-system"
        service_account = "cluster-autoscaler"
        statements = [
          {
            actions = [
              "autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeAutoScalingInstances",
              "autoscaling:DescribeLaunchConfigurations", "autoscaling:DescribeScalingActivities", "autoscaling:DescribeTags",
              "ec2:DescribeImages", "ec2:DescribeInstanceTypes", "ec2:DescribeLaunchTemplateVersions",
              "ec2:GetInstanceTypesFromInstanceRequirements", "eks:DescribeNodegroup",
            ]
            resources = ["*"]
          },
          {
            actions   = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
            resources = ["*"]
            condition = { StringEquals = { "aws:ResourceTag/eks:cluster-name" = var.name } }
          },
        ]
      }
      volume-driver = {
        managed_policy_arns = ["arn:${local.partition}:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"]
        statements = [
          {
            actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"]
            resources = [module.encryption.key_arn]
          },
          {
            actions   = ["kms:CreateGrant"]
            resources = [module.encryption.key_arn]
            condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
          },
        ]
      }
    },
    local.features.backups ? {
      # The chart names its account as its release.
      control-plane = {
        namespace       = "spt-flow"
        service_account = "spt-flow"
        statements = [
          {
            actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
            resources = ["${module.backup[0].bucket_arn}/*"]
          },
          {
            actions   = ["s3:ListBucket", "s3:ListBucketMultipartUploads"]
            resources = [module.backup[0].bucket_arn]
          },
          {
            actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
            resources = [module.encryption.key_arn]
          },
        ]
      }
    } : {},
  )
}
