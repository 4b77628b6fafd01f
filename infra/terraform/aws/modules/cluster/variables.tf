variable "admin_principal_arns" {
  description = "Roles or users that administer the cluster."
  type        = set(string)
}

variable "deletion_protection" {
  description = "Refuse to delete the cluster."
  type        = bool
}

variable "kms_key_arn" {
  description = "Key that encrypts secrets and logs."
  type        = string
}

variable "kubernetes_version" {
  description = "Minor version of Kubernetes."
  type        = string
}

variable "log_retention_days" {
  description = "Days that the log of the control plane is kept."
  type        = number
}

variable "name" {
  description = "Name of the cluster."
  type        = string
}

variable "partition" {
  description = "AWS partition, like aws or aws-us-gov."
  type        = string
}

variable "public_access_cidrs" {
  description = "Addresses that reach the API from the internet; none keeps it inside the VPC."
  type        = list(string)
}

variable "subnet_ids" {
  description = "Private subnets in two zones or more."
  type        = list(string)
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
}

variable "zonal_shift" {
  description = "Let AWS lead traffic away from a failing zone."
  type        = bool
}
