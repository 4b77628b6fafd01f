variable "account_id" {
  description = "Account whose calls are recorded."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts the record."
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

variable "region" {
  description = "Region of the trail."
  type        = string
}

variable "retention_days" {
  description = "Days that the record cannot be deleted."
  type        = number
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
}
