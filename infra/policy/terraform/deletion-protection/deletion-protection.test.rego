package sptflow.terraform.deletion_protection_test

import data.sptflow.terraform.deletion_protection

samples := data.terraform["deletion-protection"].samples

test_allowed_sample_passes if count(deletion_protection.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in deletion_protection.deny} == {"aws_s3_bucket.gone", "aws_kms_key.replaced", "aws_rds_cluster.bare"} with input as samples.disallowed
}
