package sptflow.lib.plan_test

import data.sptflow.lib.plan

plan_of(change) := {"resource_changes": [object.union({"address": "x.y", "mode": "managed", "type": "x"}, {"change": change})]}

test_deleted_resources_are_left_out if {
	count(plan.changes) == 0 with input as plan_of({"actions": ["delete"]})
}

test_replaced_resources_are_looked_at if {
	count(plan.changes) == 1 with input as plan_of({"actions": ["delete", "create"]})
}

test_null_and_empty_are_not_set if {
	not plan.is_set({"change": {"after": {"key": null}, "after_unknown": {}}}, "key")
	not plan.is_set({"change": {"after": {"key": ""}, "after_unknown": {}}}, "key")
	not plan.is_set({"change": {"after": {}, "after_unknown": {}}}, "key")
}

test_references_are_set if plan.is_set({"change": {"after": {}, "after_unknown": {"key": true}}}, "key")
