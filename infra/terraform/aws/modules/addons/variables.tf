variable "cluster_name" {
  description = "Cluster that has machines."
  type        = string
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
}

variable "volume_driver_role_arn" {
  description = "Role of the driver that makes volumes."
  type        = string
}
