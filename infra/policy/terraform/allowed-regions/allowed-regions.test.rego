package sptflow.terraform.allowed_regions_test

import data.sptflow.terraform.allowed_regions

samples := data.terraform["allowed-regions"].samples

test_allowed_sample_passes if count(allowed_regions.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in allowed_regions.deny} == {"var.region", "aws_subnet.elsewhere", "aws_subnet.anywhere"} with input as samples.disallowed
}

test_plan_without_a_region_is_denied if {
	{denial.resource | some denial in allowed_regions.deny} == {"var.region"} with input as {"resource_changes": []}
}
