package sptflow.terraform.required_tags_test

import data.sptflow.terraform.required_tags

samples := data.terraform["required-tags"].samples

test_allowed_sample_passes if count(required_tags.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in required_tags.deny} == {"aws_vpc.untagged", "aws_vpc.of_somebody", "aws_vpc.unknown"} with input as samples.disallowed
}
