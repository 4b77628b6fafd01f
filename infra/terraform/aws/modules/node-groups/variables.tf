variable "cluster_name" {
  description = "Cluster that the machines join."
  type        = string
}

variable "groups" {
  description = "Groups of machines, by name. Volumes stay in a zone, so a group with volumes has one subnet."
  type = map(object({
    capacity_type  = string
    disk_gib       = number
    instance_types = list(string)
    labels         = map(string)
    max_size       = number
    min_size       = number
    subnet_ids     = list(string)
    tainted_for    = optional(string)
  }))

  validation {
    condition     = alltrue([for group in var.groups : group.max_size >= 1 && group.max_size >= group.min_size])
    error_message = "EKS refuses a group whose max_size is 0 or below min_size: raise max_size."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the disks."
  type        = string
}

variable "name" {
  description = "Name of the deployment."
  type        = string
}

variable "partition" {
  description = "AWS partition, like aws or aws-us-gov."
  type        = string
}

variable "tags" {
  description = "Tags of everything, machines and disks included."
  type        = map(string)
}
