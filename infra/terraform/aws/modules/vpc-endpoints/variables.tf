variable "cidr_block" {
  description = "Addresses that may use the endpoints: those of the VPC."
  type        = string
}

variable "gateway_services" {
  description = "Services with an endpoint in the route tables, without cost."
  type        = set(string)
}

variable "interface_services" {
  description = "Services with an address in each subnet, paid by the hour and zone."
  type        = set(string)
}

variable "name" {
  description = "Name of the deployment."
  type        = string
}

variable "region" {
  description = "Region of the services."
  type        = string
}

variable "route_table_ids" {
  description = "Route tables that lead to the gateway endpoints."
  type        = list(string)
}

variable "subnet_ids" {
  description = "Subnets that get the addresses of interface endpoints."
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
