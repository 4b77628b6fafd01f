# METADATA
# title: Spot placement
# description: Spot machines carry workspaces only, next to some on demand, and nothing in the public sector.
# custom:
#   remedy: Set capacity_type to ON_DEMAND, or label the group as one of workspaces.
package sptflow.terraform.spot_placement

import data.sptflow.lib.plan

about := rego.metadata.chain()[1].annotations

spot contains change if {
	some change in plan.of_type("aws_eks_node_group")
	object.get(change.change.after, "capacity_type", null) != "ON_DEMAND"
}

deny contains plan.denial(change, "Only workspaces run on spot machines", about) if {
	some change in spot
	object.get(change.change.after, ["labels", "spt-flow.dev/role"], null) != "workspace"
}

deny contains plan.denial(change, "The public sector uses no spot machines", about) if {
	some change in spot
	plan.pattern == "pubsec"
}

deny contains plan.denial(change, "No group on demand is there when spot machines are not", about) if {
	some change in spot
	count([group |
		some group in plan.of_type("aws_eks_node_group")
		group.change.after.capacity_type == "ON_DEMAND"
		group.change.after.labels["spt-flow.dev/role"] == "workspace"
	]) == 0
}
