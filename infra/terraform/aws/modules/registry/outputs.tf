output "mirror_prefixes" {
  description = "First part of the name of an image that comes through the cache, by registry."
  value       = { for key, rule in aws_ecr_pull_through_cache_rule.main : key => rule.ecr_repository_prefix }
}

output "repository_urls" {
  description = "Where images of one's own are pushed to."
  value       = { for key, repository in aws_ecr_repository.main : key => repository.repository_url }
}
