package sptflow.workspace.limits_test

import data.sptflow.workspace.limits

samples := data.workspace.limits.samples

test_allowed_sample_passes if count(limits.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in limits.deny} == {"Pod/unlimited/main", "Pod/greedy/main", "Pod/nonsense/main"} with input as samples.disallowed
}

plan := data.lib.samples.plan

test_a_plan_is_held_to_the_same_limits if {
	count(limits.deny) == 0 with input as plan
	greedy := json.patch(plan, [{"op": "replace", "path": "/containers/0/limits", "value": {"cpu": 64}}])
	{denial.reason | some denial in limits.deny} == {"Its limit of cpu is 64, more than 8", "It has no limit of memory"} with input as greedy
}

test_a_plan_has_no_more_containers_than_permitted if {
	many := json.patch(plan, [{"op": "add", "path": "/containers/1", "value": object.union(plan.containers[0], {"name": "db"})}])
	{denial.reason | some denial in limits.deny} == {"It has 2 containers, more than 1"} with input as many with data.config.workspace.max_containers as 1
	count(limits.deny) == 0 with input as many with data.config.workspace.max_containers as null
}

test_no_maximum_permits_any_limit if {
	count(limits.deny) == 0 with input as samples.allowed with data.config.workspace.max_cpus as null
}

test_a_missing_maximum_permits_none if {
	count(limits.deny) == 3 with input as plan with data.config.workspace as {}
}
