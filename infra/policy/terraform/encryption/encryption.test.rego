package sptflow.terraform.encryption_test

import data.sptflow.terraform.encryption

samples := data.terraform.encryption.samples

test_allowed_sample_passes if count(encryption.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in encryption.deny} == {"aws_rds_cluster.plain", "aws_rds_cluster.unknown", "aws_launch_template.plain", "aws_ebs_volume.plain", "aws_cloudwatch_log_group.plain", "aws_cloudtrail.plain", "aws_eks_cluster.plain", "aws_ecr_repository.aes", "aws_s3_bucket.plain"} with input as samples.disallowed
}
