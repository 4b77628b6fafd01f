package sptflow.workspace.sizes_test

import data.sptflow.workspace.sizes

samples := data.workspace.sizes.samples

test_allowed_sample_passes if count(sizes.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in sizes.deny} == {"size"} with input as samples.disallowed
}

test_a_size_that_is_not_told_is_denied if {
	count(sizes.deny) == 1 with input as object.remove(samples.allowed, ["size"])
}

test_a_missing_list_permits_nothing if {
	count(sizes.deny) == 1 with input as samples.allowed with data.config.workspace as {}
}

test_no_list_permits_any_size if {
	count(sizes.deny) == 0 with input as samples.disallowed with data.config.workspace.sizes as null
}
