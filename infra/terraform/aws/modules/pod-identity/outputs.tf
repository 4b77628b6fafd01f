output "role_arns" {
  description = "Roles, by name."
  value       = { for key, role in aws_iam_role.main : key => role.arn }
}
