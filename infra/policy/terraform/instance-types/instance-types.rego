# METADATA
# title: Instance types
# description: Machines are of the families and sizes that are budgeted and tested.
# custom:
#   remedy: Choose a type of config.instance_families and config.instance_sizes, or add it there with its price.
package sptflow.terraform.instance_types

import data.sptflow.lib.plan

about := rego.metadata.chain()[1].annotations

deny contains plan.denial(change, $"Type {type} is not allowed", about) if {
	some change in plan.of_type("aws_eks_node_group")
	some type in change.change.after.instance_types
	[family, size] := split(type, ".")
	not allowed(family, size)
}

deny contains plan.denial(change, "The types are not known before apply", about) if {
	some change in plan.of_type("aws_eks_node_group")
	not plan.is_set({"change": {"after": change.change.after, "after_unknown": {}}}, "instance_types")
}

allowed(family, size) if {
	family in data.config.instance_families
	size in data.config.instance_sizes
}
