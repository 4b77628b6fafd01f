# METADATA
# title: Limits of workspaces
# description: Every container says how much it may use, and no more than a workspace may.
# custom:
#   remedy: Stay at or below max_cpus and max_memory in each container, and max_containers of them, or ask an admin.
package sptflow.workspace.limits

import data.sptflow.lib.quantity
import data.sptflow.lib.workload

about := rego.metadata.chain()[1].annotations

deny contains workload.denial(container.name, $"It has no limit of {resource}", about) if {
	some container in workload.containers
	some resource in ["cpu", "memory"]
	object.get(container.limits, resource, "") in {"", null}
}

deny contains workload.denial("containers", $"It has {count(input.containers)} containers, more than {most}", about) if {
	workload.is_plan
	most := workload.limits.max_containers
	most != null
	count(input.containers) > most
}

deny contains workload.denial(container.name, $"Its limit of cpu is {limit}, more than {workload.limits.max_cpus}", about) if {
	some container in workload.containers
	limit := container.limits.cpu
	not quantity.fits(limit, workload.limits.max_cpus)
}

deny contains workload.denial(container.name, $"Its limit of memory is {limit}, more than {workload.limits.max_memory}", about) if {
	some container in workload.containers
	limit := container.limits.memory
	not quantity.fits(limit, workload.limits.max_memory)
}
