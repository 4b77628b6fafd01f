package sptflow.terraform.least_privilege_test

import data.sptflow.terraform.least_privilege

samples := data.terraform["least-privilege"].samples

test_allowed_sample_passes if count(least_privilege.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in least_privilege.deny} == {"aws_iam_role_policy_attachment.admin", "aws_iam_role_policy.everything", "aws_iam_policy.all_of_a_service", "aws_iam_access_key.main"} with input as samples.disallowed
}
