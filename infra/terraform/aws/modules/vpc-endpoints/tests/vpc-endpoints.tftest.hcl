provider "aws" {
  region                      = "us-east-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  cidr_block         = "10.40.0.0/16"
  gateway_services   = ["s3"]
  interface_services = ["ec2", "sts"]
  name               = "e"
  region             = "us-east-1"
  route_table_ids    = ["rtb-1"]
  subnet_ids         = ["subnet-1"]
  tags               = { ManagedBy = "spt-flow" }
  vpc_id             = "vpc-1"
}

run "both_kinds" {
  command = plan

  assert {
    condition     = aws_vpc_endpoint.gateway["s3"].vpc_endpoint_type == "Gateway" && aws_vpc_endpoint.interface["ec2"].private_dns_enabled
    error_message = "S3 costs nothing, and names lead to the endpoints"
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.https[0].cidr_ipv4 == "10.40.0.0/16" && aws_vpc_security_group_ingress_rule.https[0].to_port == 443
    error_message = "They answer the VPC only"
  }
}
