package sptflow.workspace.known_input_test

import data.sptflow.workspace.known_input

samples := data.workspace["known-input"].samples

test_allowed_sample_passes if count(known_input.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in known_input.deny} == {"input"} with input as samples.disallowed
}

test_every_field_that_is_missing_is_told if {
	{denial.reason | some denial in known_input.deny} == {"Action explode is not known", "The plan says no size"} with input as samples.disallowed
}

test_what_is_neither_a_plan_nor_an_object_is_denied if {
	every unknown in [null, 1, "text", [], {}, {"kind": "List"}, {"kind": 1}, {"kind": "Pod"}, {"kind": "List", "items": [1]}] {
		count(known_input.deny) > 0 with input as unknown
	}
}

test_containers_that_are_not_told_are_denied if {
	every containers in [[], [5]] {
		count(known_input.deny) == 1 with input as object.union(samples.allowed, {"containers": containers})
	}
}

test_containers_in_a_kind_that_no_rule_knows_are_denied if {
	pod := {"kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{"name": "main"}]}}
	every object in [
		{"kind": "Rollout", "metadata": {"name": "a"}, "spec": {"template": {"spec": pod.spec}}},
		{"kind": "PodTemplate", "metadata": {"name": "a"}, "template": {"spec": pod.spec}},
		{"kind": "List", "metadata": {"name": "a"}, "items": [{"kind": "List", "metadata": {"name": "b"}, "items": [pod]}]},
	] {
		{denial.reason | some denial in known_input.deny} == {"Containers are in a kind that no rule knows"} with input as object
	}
	count(known_input.deny) == 0 with input as pod
}
