# METADATA
# title: Terraform plans
# description: What rules read of a plan. Values that are known only after apply count as absent, never as right.
package sptflow.lib.plan

# Managed resources that will be there after the plan.
changes contains change if {
	some change in input.resource_changes
	change.mode == "managed"
	not "delete" in object.get(change.change, "actions", [])
}

changes contains change if {
	some change in input.resource_changes
	change.mode == "managed"
	{"create", "delete"} == {action | some action in change.change.actions}
}

of_type(type) := {change | some change in changes; change.type == type}

# Set to something that only apply tells: a reference to another resource. For attributes that the provider does not
# compute by itself.
is_reference(change, attribute) if change.change.after_unknown[attribute] == true

is_set(change, attribute) if not change.change.after[attribute] in {null, "", [], {}}

is_set(change, attribute) if is_reference(change, attribute)

pattern := input.variables.pattern.value

denial(change, reason, about) := {
	"title": about.title,
	"resource": change.address,
	"reason": reason,
	"remedy": about.custom.remedy,
}
