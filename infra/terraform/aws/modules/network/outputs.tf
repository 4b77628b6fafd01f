output "database_subnet_ids" {
  description = "Subnets of the database, by zone."
  value       = { for zone, subnet in aws_subnet.database : zone => subnet.id }
}

output "private_route_table_ids" {
  description = "Route tables of the machines' subnets, by zone."
  value       = { for zone, table in aws_route_table.private : zone => table.id }
}

output "private_subnet_ids" {
  description = "Subnets of the machines, by zone."
  value       = { for zone, subnet in aws_subnet.private : zone => subnet.id }
}

output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.main.id
}
