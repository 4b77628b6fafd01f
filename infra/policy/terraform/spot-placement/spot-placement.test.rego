package sptflow.terraform.spot_placement_test

import data.sptflow.terraform.spot_placement

samples := data.terraform["spot-placement"].samples

test_allowed_sample_passes if count(spot_placement.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in spot_placement.deny} == {"aws_eks_node_group.system", "aws_eks_node_group.unknown", "aws_eks_node_group.workspaces"} with input as samples.disallowed
}

test_spot_is_denied_in_public_sector if {
	some denial in spot_placement.deny with input as object.union(samples.allowed, {"variables": {"pattern": {"value": "pubsec"}}})
	denial.reason == "The public sector uses no spot machines"
}
