locals {
  associated = { for key, role in var.roles : key => role if role.service_account != null }
  attached = merge([
    for key, role in var.roles : {
      for index, arn in role.managed_policy_arns : "${key}-${index}" => { role = key, arn = arn }
    }
  ]...)
  written = { for key, role in var.roles : key => role if length(role.statements) > 0 }
}

resource "aws_iam_role" "main" {
  for_each = var.roles

  name = "${var.name}-${each.key}"
  tags = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "pods.eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
    }]
  })
}

resource "aws_iam_role_policy_attachment" "main" {
  for_each = local.attached

  role       = aws_iam_role.main[each.value.role].name
  policy_arn = each.value.arn
}

resource "aws_iam_role_policy" "main" {
  for_each = local.written

  name = each.key
  role = aws_iam_role.main[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for statement in each.value.statements : merge(
        { Effect = "Allow", Action = statement.actions, Resource = statement.resources },
        length(statement.condition) > 0 ? { Condition = statement.condition } : {},
      )
    ]
  })
}

resource "aws_eks_pod_identity_association" "main" {
  for_each = local.associated

  cluster_name    = var.cluster_name
  namespace       = each.value.namespace
  service_account = each.value.service_account
  role_arn        = aws_iam_role.main[each.key].arn
  tags            = var.tags
}
