package sptflow.terraform.public_endpoints_test

import data.sptflow.terraform.public_endpoints

samples := data.terraform["public-endpoints"].samples

test_allowed_sample_passes if count(public_endpoints.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in public_endpoints.deny} == {"aws_eks_cluster.everybody", "aws_eks_cluster.by_default", "aws_rds_cluster_instance.unknown", "aws_vpc_security_group_ingress_rule.open", "aws_security_group.open", "aws_s3_bucket_public_access_block.half"} with input as samples.disallowed
}
