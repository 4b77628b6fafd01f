resource "aws_iam_role" "main" {
  name = "${var.name}-node"
  tags = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "main" {
  for_each = toset(["AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy"])

  role       = aws_iam_role.main.name
  policy_arn = "arn:${var.partition}:iam::aws:policy/${each.key}"
}

resource "aws_launch_template" "main" {
  for_each = var.groups

  name_prefix            = "${var.name}-${each.key}-"
  update_default_version = true
  tags                   = var.tags

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      encrypted   = "true"
      kms_key_id  = var.kms_key_arn
      throughput  = 250 # MiB/s; the default of 125 caps the unpacking of images
      volume_size = each.value.disk_gib
      volume_type = "gp3"
    }
  }

  # One hop: pods do not reach the role of the machine.
  metadata_options {
    http_endpoint               = "enabled"
    http_put_response_hop_limit = 1
    http_tokens                 = "required"
  }

  dynamic "tag_specifications" {
    for_each = ["instance", "volume", "network-interface"]

    content {
      resource_type = tag_specifications.value
      tags          = merge(var.tags, { Name = "${var.name}-${each.key}" })
    }
  }
}

resource "aws_eks_node_group" "main" {
  for_each = var.groups

  cluster_name    = var.cluster_name
  node_group_name = "${var.name}-${each.key}"
  node_role_arn   = aws_iam_role.main.arn
  ami_type        = "AL2023_x86_64_STANDARD"
  capacity_type   = each.value.capacity_type
  instance_types  = each.value.instance_types
  subnet_ids      = each.value.subnet_ids
  labels          = each.value.labels
  tags            = var.tags

  launch_template {
    id      = aws_launch_template.main[each.key].id
    version = aws_launch_template.main[each.key].latest_version
  }

  scaling_config {
    desired_size = each.value.min_size
    max_size     = each.value.max_size
    min_size     = each.value.min_size
  }

  dynamic "taint" {
    for_each = each.value.tainted_for == null ? [] : [each.value.tainted_for]

    content {
      key    = "spt-flow.dev/for"
      value  = taint.value
      effect = "NO_SCHEDULE"
    }
  }

  update_config {
    max_unavailable = 1
  }

  depends_on = [aws_iam_role_policy_attachment.main]

  # The autoscaler and the schedule decide how many run.
  lifecycle {
    ignore_changes = [scaling_config[0].desired_size]
  }
}
