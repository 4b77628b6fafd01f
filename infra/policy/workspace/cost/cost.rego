# METADATA
# title: Cost of workspaces
# description: An hour of a workspace costs no more than is permitted.
# custom:
#   remedy: Choose a smaller size, or ask an admin for a higher max_cost_per_hour or a price of this size.
package sptflow.workspace.cost

import data.sptflow.lib.workload

about := rego.metadata.chain()[1].annotations

ceiling := workload.limits.max_cost_per_hour

# Machines of people's own are paid for elsewhere.
is_counted if {
	workload.is_plan
	ceiling != null
	object.get(input, "provider", "not known") != "server"
}

deny contains workload.denial("cost", $"An hour costs {input.costPerHour}, more than {ceiling}", about) if {
	is_counted
	input.costPerHour > ceiling
}

deny contains workload.denial("cost", "What an hour costs is not known", about) if {
	is_counted
	not is_number(object.get(input, "costPerHour", null))
}
