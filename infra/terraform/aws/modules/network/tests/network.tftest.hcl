provider "aws" {
  region                      = "us-east-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  availability_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
  cidr_block         = "10.40.0.0/16"
  kms_key_arn        = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  log_retention_days = 90
  name               = "n"
  nat_gateway_count  = 3
  tags               = { ManagedBy = "spt-flow" }
}

run "a_gateway_in_each_zone" {
  command = plan

  assert {
    condition     = length(aws_nat_gateway.main) == 3 && length(aws_route.nat) == 3
    error_message = "Each zone leaves by itself"
  }

  assert {
    condition     = length(distinct(concat([for subnet in aws_subnet.public : subnet.cidr_block], [for subnet in aws_subnet.private : subnet.cidr_block], [for subnet in aws_subnet.database : subnet.cidr_block]))) == 9
    error_message = "Nine subnets have addresses of their own"
  }

  assert {
    condition     = aws_subnet.public["us-east-1a"].cidr_block == "10.40.0.0/22" && aws_subnet.database["us-east-1c"].cidr_block == "10.40.18.0/24" && aws_subnet.private["us-east-1a"].cidr_block == "10.40.32.0/19"
    error_message = "Addresses stay where they are"
  }
}

run "one_gateway" {
  command = plan

  variables {
    nat_gateway_count = 1
  }

  assert {
    condition     = keys(aws_nat_gateway.main) == ["us-east-1a"] && length(aws_route.nat) == 3
    error_message = "All zones leave through the first"
  }
}

run "no_gateway" {
  command = plan

  variables {
    nat_gateway_count = 0
  }

  assert {
    condition     = length(aws_nat_gateway.main) == 0 && length(aws_route.nat) == 0 && length(aws_eip.nat) == 0
    error_message = "Nothing leaves"
  }
}

run "refuses_two_gateways_for_three_zones" {
  command = plan

  variables {
    nat_gateway_count = 2
  }

  expect_failures = [var.nat_gateway_count]
}
