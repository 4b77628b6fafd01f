# Volumes of workspaces carry the tag, set by the storage class.

resource "aws_backup_vault" "main" {
  name        = var.name
  kms_key_arn = var.kms_key_arn
  tags        = var.tags
}

resource "aws_backup_plan" "main" {
  name = var.name
  tags = var.tags

  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.main.name
    schedule          = "cron(0 5 * * ? *)"
    start_window      = 60
    completion_window = 240

    lifecycle {
      delete_after = var.retention_days
    }
  }
}

resource "aws_iam_role" "main" {
  name = "${var.name}-backup"
  tags = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "backup.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "main" {
  for_each = toset(["AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForRestores"])

  role       = aws_iam_role.main.name
  policy_arn = "arn:${var.partition}:iam::aws:policy/service-role/${each.key}"
}

resource "aws_backup_selection" "main" {
  name         = "volumes"
  plan_id      = aws_backup_plan.main.id
  iam_role_arn = aws_iam_role.main.arn

  resources = ["arn:${var.partition}:ec2:*:*:volume/*"]

  condition {
    string_equals {
      key   = "aws:ResourceTag/ManagedBy"
      value = "spt-flow"
    }
  }
}
