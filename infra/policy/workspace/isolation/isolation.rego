# METADATA
# title: Isolation of workspaces
# description: A workspace is as far from its host as is asked for.
# custom:
#   remedy: Choose a permitted isolation, or ask an admin.
package sptflow.workspace.isolation

import data.sptflow.lib.workload

about := rego.metadata.chain()[1].annotations

deny contains workload.denial("isolation", $"Isolation {isolation} is none of the permitted: {workload.words(workload.limits.isolations)}", about) if {
	workload.is_plan
	isolation := object.get(input, "isolation", "not known")
	not workload.is_listed(isolation, workload.limits.isolations)
}
