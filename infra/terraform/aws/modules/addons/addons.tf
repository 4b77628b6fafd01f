resource "aws_eks_addon" "dns" {
  cluster_name = var.cluster_name
  addon_name   = "coredns"
  tags         = var.tags
}

resource "aws_eks_addon" "volume_driver" {
  cluster_name = var.cluster_name
  addon_name   = "aws-ebs-csi-driver"
  tags         = var.tags

  pod_identity_association {
    role_arn        = var.volume_driver_role_arn
    service_account = "ebs-csi-controller-sa"
  }
}
