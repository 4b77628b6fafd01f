output "backup_bucket_name" {
  description = "Bucket for the product's backups; null without backups."
  value       = one(module.backup[*].bucket_name)
}

output "cluster_endpoint" {
  description = "Address of the Kubernetes API."
  value       = module.cluster.endpoint
}

output "cluster_name" {
  description = "Name of the cluster, for aws eks update-kubeconfig."
  value       = module.cluster.name
}

output "database_endpoint" {
  description = "Host of DATABASE_URL."
  value       = module.database.endpoint
}

output "database_password_secret_arn" {
  description = "Secret that holds user and password of DATABASE_URL."
  value       = module.database.password_secret_arn
}

output "kms_key_arn" {
  description = "Key for the storage class of workspaces."
  value       = module.encryption.key_arn
}

output "mirror_prefixes" {
  description = "First part of the name of images that come through the registry's cache."
  value       = module.registry.mirror_prefixes
}

output "repository_urls" {
  description = "Where the product's images are pushed to."
  value       = module.registry.repository_urls
}

output "schedule_actions" {
  description = "When machines start and end, in the time of scaling_schedule.timezone."
  value       = try(module.schedule[0].actions, {})
}
