package sptflow.workspace.cost_test

import data.sptflow.workspace.cost

samples := data.workspace.cost.samples

test_allowed_sample_passes if count(cost.deny) == 0 with input as samples.allowed with data.config.workspace.max_cost_per_hour as 1

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in cost.deny} == {"cost"} with input as samples.disallowed with data.config.workspace.max_cost_per_hour as 1
}

test_without_a_ceiling_anything_passes if count(cost.deny) == 0 with input as samples.disallowed

test_a_cost_that_is_not_known_is_denied if {
	every unknown in [null, "cheap"] {
		count(cost.deny) > 0 with input as object.union(samples.allowed, {"costPerHour": unknown}) with data.config.workspace.max_cost_per_hour as 1
	}
}

test_machines_of_peoples_own_pass_on_purpose if {
	own := object.union(samples.allowed, {"provider": "server", "costPerHour": null})
	count(cost.deny) == 0 with input as own with data.config.workspace.max_cost_per_hour as 1
}
