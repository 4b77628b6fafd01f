package sptflow.workspace.limits_test

import data.sptflow.workspace.limits

samples := data.workspace.limits.samples

test_allowed_sample_passes if count(limits.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in limits.deny} == {"Pod/unlimited/main", "Pod/greedy/main", "Pod/nonsense/main"} with input as samples.disallowed
}
