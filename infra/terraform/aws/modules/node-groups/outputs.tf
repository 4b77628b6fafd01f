output "autoscaling_group_names" {
  description = "Autoscaling group behind each group of machines."
  value       = { for key, group in aws_eks_node_group.main : key => group.resources[0].autoscaling_groups[0].name }
}

output "role_arn" {
  description = "Role of the machines."
  value       = aws_iam_role.main.arn
}
