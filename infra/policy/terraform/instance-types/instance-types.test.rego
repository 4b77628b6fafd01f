package sptflow.terraform.instance_types_test

import data.sptflow.terraform.instance_types

samples := data.terraform["instance-types"].samples

test_allowed_sample_passes if count(instance_types.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in instance_types.deny} == {"aws_eks_node_group.graphics", "aws_eks_node_group.huge", "aws_eks_node_group.unknown"} with input as samples.disallowed
}
