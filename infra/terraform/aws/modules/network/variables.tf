variable "availability_zones" {
  description = "Zones that get subnets, in order; EKS and Aurora need two even where machines use one."
  type        = list(string)
}

variable "cidr_block" {
  description = "Addresses of the VPC, a /16."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts the flow log."
  type        = string
}

variable "log_retention_days" {
  description = "Days that the flow log is kept."
  type        = number
}

variable "name" {
  description = "Name of the deployment."
  type        = string
}

variable "nat_gateway_count" {
  description = "NAT gateways: 0 for none, 1 for all zones together, or one for each zone."
  type        = number

  validation {
    condition     = contains([0, 1, length(var.availability_zones)], var.nat_gateway_count)
    error_message = "Set nat_gateway_count to 0, 1 or the number of availability_zones."
  }
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
}
