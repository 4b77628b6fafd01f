# METADATA
# title: Privileges of workspaces
# description: A workspace has no more rights than its user.
# custom:
#   remedy: Ask for no privileges and only for capabilities of the list; in Kubernetes drop all, set runAsNonRoot and allowPrivilegeEscalation to false.
package sptflow.workspace.privileges

import data.sptflow.lib.pod
import data.sptflow.lib.workload

about := rego.metadata.chain()[1].annotations

deny contains workload.denial(container.name, "It is privileged", about) if {
	some container in workload.containers
	container.privileged != false
	workload.limits.privileged != true
}

deny contains workload.denial(container.name, $"Capability {capability} is not allowed", about) if {
	some container in workload.containers
	some capability in container.capabilities
	not workload.is_listed(capability, workload.limits.capabilities)
}

# Of plans the isolation says this, which has a rule of its own.
deny contains workload.denial(container.name, "It may gain rights: allowPrivilegeEscalation is not false", about) if {
	some container in pod.containers
	object.get(container.spec, ["securityContext", "allowPrivilegeEscalation"], true) != false
}

deny contains workload.denial(container.name, "It keeps capabilities: drop lists not ALL", about) if {
	some container in pod.containers
	not "ALL" in object.get(container.spec, ["securityContext", "capabilities", "drop"], [])
}

deny contains workload.denial(container.name, "It may run as root", about) if {
	some container in pod.containers
	inherited := object.get(container.pod.spec, ["securityContext", "runAsNonRoot"], false)
	object.get(container.spec, ["securityContext", "runAsNonRoot"], inherited) != true
}

deny contains workload.denial(found.name, $"{field} shares the machine's", about) if {
	some found in pod.pods
	some field in ["hostIPC", "hostNetwork", "hostPID"]
	object.get(found.spec, field, false) != false
}
