# METADATA
# title: Limits of workspaces
# description: Every container says how much it may use, and no more than a workspace may.
# custom:
#   remedy: Set resources.limits.cpu and memory below config.workspace.
package sptflow.workspace.limits

import data.sptflow.lib.pod

about := rego.metadata.chain()[1].annotations

deny contains pod.denial(container.name, sprintf("It has no limit of %s", [resource]), about) if {
	some container in pod.containers
	some resource in ["cpu", "memory"]
	object.get(container.spec, ["resources", "limits", resource], "") == ""
}

deny contains pod.denial(container.name, sprintf("Its limit of cpu is %s, more than %v", [limit, data.config.workspace.max_cpus]), about) if {
	some container in pod.containers
	limit := container.spec.resources.limits.cpu
	not fits_cpus(limit)
}

deny contains pod.denial(container.name, sprintf("Its limit of memory is %s, more than %s", [limit, data.config.workspace.max_memory]), about) if {
	some container in pod.containers
	limit := container.spec.resources.limits.memory
	not fits_memory(limit)
}

# A text that is no quantity fits nothing.
fits_cpus(limit) if units.parse(cpu_text(limit)) <= data.config.workspace.max_cpus

fits_memory(limit) if units.parse_bytes(limit) <= units.parse_bytes(data.config.workspace.max_memory)

cpu_text(limit) := limit if is_string(limit)

cpu_text(limit) := sprintf("%v", [limit]) if is_number(limit)
