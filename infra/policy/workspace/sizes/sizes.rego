# METADATA
# title: Sizes of workspaces
# description: A workspace is of a size that is permitted.
# custom:
#   remedy: Choose a permitted size, or ask an admin.
package sptflow.workspace.sizes

import data.sptflow.lib.workload

about := rego.metadata.chain()[1].annotations

deny contains workload.denial("size", $"Size {size} is none of the permitted: {workload.words(workload.limits.sizes)}", about) if {
	workload.is_plan
	size := object.get(input, "size", "not known")
	not workload.is_listed(size, workload.limits.sizes)
}
