output "agent_id" {
  description = "Agent that the workspace connects with."
  value       = coder_agent.main.id
}

output "min_cli_version" {
  description = "Oldest CLI that fits."
  value       = local.min_cli_version
}

output "template_version" {
  description = "Version of this template."
  value       = local.template_version
}
