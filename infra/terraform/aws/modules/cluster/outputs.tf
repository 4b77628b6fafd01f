output "endpoint" {
  description = "Address of the API."
  value       = aws_eks_cluster.main.endpoint
}

output "name" {
  description = "Name of the cluster, known when machines can join it."
  value       = aws_eks_cluster.main.name
  depends_on  = [aws_eks_addon.before_machines]
}

output "security_group_id" {
  description = "Security group of the cluster and its machines."
  value       = aws_eks_cluster.main.vpc_config[0].cluster_security_group_id
}
