package sptflow.terraform.schedule_pairs_test

import data.sptflow.terraform.schedule_pairs

samples := data.terraform["schedule-pairs"].samples

test_allowed_sample_passes if count(schedule_pairs.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in schedule_pairs.deny} == {"aws_autoscaling_schedule.zero", "aws_autoscaling_schedule.down", "aws_autoscaling_schedule.est", "aws_autoscaling_schedule.start"} with input as samples.disallowed
}
