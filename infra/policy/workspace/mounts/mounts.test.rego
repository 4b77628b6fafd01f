package sptflow.workspace.mounts_test

import data.sptflow.workspace.mounts

samples := data.workspace.mounts.samples

test_allowed_sample_passes if count(mounts.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in mounts.deny} == {"Pod/host", "Pod/socket", "Pod/token"} with input as samples.disallowed
}

plan := data.lib.samples.plan

test_a_plan_is_held_to_the_same_kinds if {
	mounted := json.patch(plan, [{"op": "replace", "path": "/containers/0/mounts", "value": [{"name": "a", "kind": "secret"}, {"name": "b", "kind": "bind"}, {"name": "c"}]}])
	{denial.reason | some denial in mounts.deny} == {"Volume b is of a kind that is not allowed: bind", "Volume c is of a kind that is not allowed: not known"} with input as mounted
}
