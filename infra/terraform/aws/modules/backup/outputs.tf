output "bucket_arn" {
  description = "Bucket of the product's backups."
  value       = aws_s3_bucket.main.arn
}

output "bucket_name" {
  description = "Name of the bucket of the product's backups."
  value       = aws_s3_bucket.main.bucket
}

output "vault_arn" {
  description = "Vault of copies of volumes."
  value       = aws_backup_vault.main.arn
}
