package sptflow.workspace.privileges_test

import data.sptflow.workspace.privileges

samples := data.workspace.privileges.samples

test_allowed_sample_passes if count(privileges.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in privileges.deny} == {"Pod/privileged/main", "Pod/escalating/main", "Pod/capable/main", "Pod/adding/main", "StatefulSet/root/main", "Pod/sharing"} with input as samples.disallowed
}

plan := data.lib.samples.plan

test_a_plan_is_held_to_the_same_privileges if {
	count(privileges.deny) == 0 with input as plan
	greedy := json.patch(plan, [
		{"op": "replace", "path": "/containers/0/privileged", "value": true},
		{"op": "replace", "path": "/containers/0/capabilities", "value": ["NET_ADMIN"]},
	])
	{denial.reason | some denial in privileges.deny} == {"It is privileged", "Capability NET_ADMIN is not allowed"} with input as greedy
	count(privileges.deny) == 0 with input as greedy with data.config.workspace as {"privileged": true, "capabilities": null}
}

test_privileges_that_are_not_told_are_denied if {
	unknown := json.patch(plan, [{"op": "replace", "path": "/containers", "value": [{"name": "x"}]}])
	count(privileges.deny) == 2 with input as unknown
}

test_sandboxes_and_controllers_of_old_are_held_to_the_same if {
	spec := {"containers": [{"name": "main", "securityContext": {"privileged": true}}]}
	every object in [
		{"kind": "Sandbox", "metadata": {"name": "a"}, "spec": {"podTemplate": {"spec": spec}}},
		{"kind": "SandboxTemplate", "metadata": {"name": "a"}, "spec": {"podTemplate": {"spec": spec}}},
		{"kind": "ReplicationController", "metadata": {"name": "a"}, "spec": {"template": {"spec": spec}}},
	] {
		"It is privileged" in {denial.reason | some denial in privileges.deny} with input as object
	}
}
