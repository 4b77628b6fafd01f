package sptflow.workspace.mounts_test

import data.sptflow.workspace.mounts

samples := data.workspace.mounts.samples

test_allowed_sample_passes if count(mounts.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in mounts.deny} == {"Pod/host", "Pod/socket", "Pod/token"} with input as samples.disallowed
}
