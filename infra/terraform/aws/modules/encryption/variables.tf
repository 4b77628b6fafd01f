variable "account_id" {
  description = "Account whose administrators manage the key."
  type        = string
}

variable "name" {
  description = "Name of the deployment; the alias of the key."
  type        = string
}

variable "partition" {
  description = "AWS partition, like aws or aws-us-gov."
  type        = string
}

variable "region" {
  description = "Region whose CloudWatch Logs use the key."
  type        = string
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
}
