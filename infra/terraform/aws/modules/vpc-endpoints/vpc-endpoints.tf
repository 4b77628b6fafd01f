resource "aws_security_group" "main" {
  count = length(var.interface_services) > 0 ? 1 : 0

  name        = "${var.name}-endpoints"
  description = "AWS services, from within the VPC"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-endpoints" })
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  count = length(var.interface_services) > 0 ? 1 : 0

  security_group_id = aws_security_group.main[0].id
  description       = "HTTPS from within the VPC"
  cidr_ipv4         = var.cidr_block
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
  tags              = var.tags
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = var.gateway_services

  vpc_id            = var.vpc_id
  service_name      = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = var.route_table_ids
  tags              = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_vpc_endpoint" "interface" {
  for_each = var.interface_services

  vpc_id              = var.vpc_id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  security_group_ids  = [aws_security_group.main[0].id]
  subnet_ids          = var.subnet_ids
  tags                = merge(var.tags, { Name = "${var.name}-${each.key}" })
}
