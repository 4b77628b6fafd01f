package sptflow.terraform.cost_ceiling_test

import data.sptflow.terraform.cost_ceiling

samples := data.terraform["cost-ceiling"].samples

test_allowed_sample_passes if count(cost_ceiling.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in cost_ceiling.deny} == {"aws_eks_node_group", "aws_eks_node_group.unpriced", "aws_eks_node_group.unknown"} with input as samples.disallowed
}
