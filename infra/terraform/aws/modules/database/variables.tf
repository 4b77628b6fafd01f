variable "allowed_security_group_id" {
  description = "Security group whose members reach the database."
  type        = string
}

variable "backup_retention_days" {
  description = "Days that one can go back to any second of."
  type        = number
}

variable "engine_version" {
  description = "Version of Aurora PostgreSQL."
  type        = string
}

variable "instance_count" {
  description = "Instances, each in another zone: one writer, the rest readers that take over."
  type        = number
}

variable "kms_key_arn" {
  description = "Key that encrypts storage, backups, the password and insights."
  type        = string
}

variable "max_acu" {
  description = "Most capacity in ACU; one is about 2 GiB of memory."
  type        = number
}

variable "min_acu" {
  description = "Least capacity in ACU."
  type        = number
}

variable "name" {
  description = "Name of the deployment."
  type        = string
}

variable "protected" {
  description = "Refuse to delete it, and keep a last copy."
  type        = bool
}

variable "subnet_ids" {
  description = "Subnets in two zones or more, without a way out."
  type        = list(string)
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}
