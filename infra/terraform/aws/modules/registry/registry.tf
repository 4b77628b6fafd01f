locals {
  keep_thirty = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Keep the last thirty"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 30 }
      action       = { type = "expire" }
    }]
  })
}

resource "aws_ecr_repository" "main" {
  for_each = var.repositories

  name                 = "${var.name}/${each.key}"
  image_tag_mutability = "IMMUTABLE"
  tags                 = var.tags

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.kms_key_arn
  }

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecr_lifecycle_policy" "main" {
  for_each = var.repositories

  repository = aws_ecr_repository.main[each.key].name
  policy     = local.keep_thirty
}

resource "aws_ecr_pull_through_cache_rule" "main" {
  for_each = var.mirrored_registries

  ecr_repository_prefix = "${var.name}-${each.key}"
  upstream_registry_url = each.value
}

# What the cache creates is encrypted and tagged like what we create.
resource "aws_ecr_repository_creation_template" "main" {
  for_each = var.mirrored_registries

  prefix               = "${var.name}-${each.key}"
  applied_for          = ["PULL_THROUGH_CACHE"]
  description          = "Images from ${each.value}"
  image_tag_mutability = "MUTABLE"
  lifecycle_policy     = local.keep_thirty
  custom_role_arn      = aws_iam_role.creation[0].arn
  resource_tags        = var.tags

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.kms_key_arn
  }
}

resource "aws_iam_role" "creation" {
  count = length(var.mirrored_registries) > 0 ? 1 : 0

  name = "${var.name}-registry"
  tags = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecr.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "creation" {
  count = length(var.mirrored_registries) > 0 ? 1 : 0

  name = "create"
  role = aws_iam_role.creation[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["ecr:CreateRepository", "ecr:ReplicateImage", "ecr:TagResource"]
        Resource = "*"
      },
      {
        Effect   = "Allow"
        Action   = ["kms:CreateGrant", "kms:DescribeKey"]
        Resource = var.kms_key_arn
      },
    ]
  })
}
