package sptflow.lib.workload_test

import data.sptflow.lib.workload

test_a_star_stands_for_anything if {
	workload.is_matched("registry.example.com/a/b:1", ["registry.example.com/*"])
	workload.is_matched("node:24", ["node:24"])
}

test_other_characters_stand_for_themselves if {
	not workload.is_matched("registry-example.com/a", ["registry.example.com/*"])
	not workload.is_matched("evil/registry.example.com/a", ["registry.example.com/*"])
	not workload.is_matched("node:24-slim", ["node:24"])
}

test_no_list_permits_anything_and_an_empty_one_nothing if {
	workload.is_matched("x", null)
	not workload.is_matched("x", [])
	workload.is_listed("x", null)
	not workload.is_listed("x", [])
}

test_what_a_plan_does_not_say_is_not_known if {
	every container in [{}, {"capabilities": 5, "limits": "none", "mounts": {}}] {
		plan := {"kind": "WorkspacePlan", "containers": [container]}
		expected := {"name": "?", "image": "", "privileged": "not known", "capabilities": ["not known"], "limits": {}}
		workload.containers == {expected} with input as plan
		workload.volumes == {{"of": "?", "name": "?", "kind": "not known"}} with input as plan
	}
}

test_limits_that_are_not_known_permit_nothing if {
	every config in [{}, {"workspace": 5}, {"workspace": {"sizes": null}}] {
		workload.limits.image_sources == [] with data.config as config
	}
	workload.limits.sizes == null with data.config.workspace as {"sizes": null}
}
