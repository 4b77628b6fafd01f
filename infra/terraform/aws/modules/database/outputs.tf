output "endpoint" {
  description = "Host that takes writes; it follows a failover."
  value       = aws_rds_cluster.main.endpoint
}

output "password_secret_arn" {
  description = "Secret that holds the password; AWS rotates it."
  value       = aws_rds_cluster.main.master_user_secret[0].secret_arn
}
