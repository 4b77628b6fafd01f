locals {
  features  = var.deployment_features
  partition = startswith(var.region, "us-gov-") ? "aws-us-gov" : "aws"

  tags = merge(
    var.tags,
    { Environment = var.environment, ManagedBy = "spt-flow", Pattern = var.pattern },
    var.nat_gateway_reason == "" ? {} : { NatGatewayReason = var.nat_gateway_reason },
  )

  # Subnets are in every zone; machines and NAT gateways in one, unless a zone may fail.
  machine_zones     = local.features.high_availability ? var.availability_zones : slice(var.availability_zones, 0, 1)
  nat_gateway_count = local.features.nat_gateway ? length(local.machine_zones) == 1 ? 1 : length(var.availability_zones) : 0

  gateway_services = local.features.vpc_endpoints == "none" ? [] : ["s3"]

  # What machines call all the time; without NAT also what they call now and then.
  interface_services = local.features.vpc_endpoints != "full" ? [] : concat(
    ["ec2", "ecr.api", "ecr.dkr", "kms", "logs", "sts"],
    !local.features.nat_gateway || var.pattern == "pubsec" ? ["autoscaling", "eks", "eks-auth", "elasticloadbalancing", "secretsmanager", "ssm"] : [],
    var.additional_endpoint_services,
  )
}
