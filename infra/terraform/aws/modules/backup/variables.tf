variable "account_id" {
  description = "Account, part of the bucket's name, which is unique in the world."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts copies."
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

variable "retention_days" {
  description = "Days that a copy of a volume is kept."
  type        = number
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
}
