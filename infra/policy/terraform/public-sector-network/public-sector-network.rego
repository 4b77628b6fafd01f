# METADATA
# title: Public sector network
# description: In the public sector AWS is called through endpoints, and a way to the internet has a reason.
# custom:
#   remedy: Set vpc_endpoints to full, nat_gateway to false, or write nat_gateway_reason.
package sptflow.terraform.public_sector_network

import data.sptflow.lib.plan

about := rego.metadata.chain()[1].annotations

wanted := {"ec2", "ecr.api", "ecr.dkr", "kms", "logs", "s3", "sts"}

present contains service if {
	some change in plan.of_type("aws_vpc_endpoint")
	some service in wanted
	endswith(change.change.after.service_name, concat("", [".", service]))
}

deny contains plan.denial({"address": "aws_vpc_endpoint"}, $"No endpoint for {service}", about) if {
	plan.pattern == "pubsec"
	some service in (wanted - present)
}

deny contains plan.denial(change, "It leads to the internet and no reason is given", about) if {
	plan.pattern == "pubsec"
	some change in plan.of_type("aws_nat_gateway")
	object.get(change.change.after, ["tags_all", "NatGatewayReason"], "") == ""
}

deny contains plan.denial({"address": "aws_cloudtrail"}, "Calls are not recorded", about) if {
	plan.pattern == "pubsec"
	count(plan.of_type("aws_cloudtrail")) == 0
}
