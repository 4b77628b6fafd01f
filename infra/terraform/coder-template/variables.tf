variable "agent_image_url" {
  description = "Image of workspaces, with a digest so that a start tomorrow is the start of today."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.agent_image_url))
    error_message = "agent_image_url must name a digest, like registry.example.com/coder-base@sha256:…"
  }
}

variable "kubernetes_namespace" {
  description = "Namespace of workspaces, with its quota and network policies."
  type        = string
  default     = "devenv"
}

variable "storage_class_name" {
  description = "Class of volumes; it has to wait for the first consumer and encrypt."
  type        = string
  default     = "spt-flow-workspace"
}

variable "workspace_cpu_limits" {
  description = "Sizes that people choose from, in CPUs."
  type        = list(number)
  default     = [2, 4, 8]
}

variable "workspace_memory_limits" {
  description = "Sizes that people choose from, in GiB."
  type        = list(number)
  default     = [4, 8, 16]
}
