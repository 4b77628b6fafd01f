package sptflow.terraform.public_sector_network_test

import data.sptflow.terraform.public_sector_network

samples := data.terraform["public-sector-network"].samples

test_allowed_sample_passes if count(public_sector_network.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in public_sector_network.deny} == {"aws_vpc_endpoint", "aws_nat_gateway.main", "aws_cloudtrail"} with input as samples.disallowed
}

test_other_patterns_are_free if {
	count(public_sector_network.deny) == 0 with input as object.union(samples.disallowed, {"variables": {"pattern": {"value": "sr-ha"}}})
}
