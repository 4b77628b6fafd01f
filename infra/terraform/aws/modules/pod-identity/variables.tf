variable "cluster_name" {
  description = "Cluster whose pods take the roles."
  type        = string
}

variable "name" {
  description = "Name of the deployment."
  type        = string
}

variable "roles" {
  description = "What a service account may do. An add-on that associates its role itself has no service account here."
  type = map(object({
    managed_policy_arns = optional(list(string), [])
    namespace           = optional(string)
    service_account     = optional(string)
    statements = optional(list(object({
      actions   = list(string)
      condition = optional(map(map(string)), {})
      resources = list(string)
    })), [])
  }))
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
}
