package sptflow.workspace.isolation_test

import data.sptflow.workspace.isolation

samples := data.workspace.isolation.samples

test_allowed_sample_passes if count(isolation.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in isolation.deny} == {"isolation"} with input as samples.disallowed
}

test_an_isolation_that_is_not_told_is_denied if {
	count(isolation.deny) == 1 with input as object.remove(samples.allowed, ["isolation"])
}
