# METADATA
# title: Privileges of workspaces
# description: A workspace has no more rights than its user.
# custom:
#   remedy: Drop all capabilities, set runAsNonRoot and allowPrivilegeEscalation to false; nested containers need a template of their own.
package sptflow.workspace.privileges

import data.sptflow.lib.pod

about := rego.metadata.chain()[1].annotations

deny contains pod.denial(container.name, "It is privileged", about) if {
	some container in pod.containers
	object.get(container.spec, ["securityContext", "privileged"], false) != false
}

deny contains pod.denial(container.name, "It may gain rights: allowPrivilegeEscalation is not false", about) if {
	some container in pod.containers
	object.get(container.spec, ["securityContext", "allowPrivilegeEscalation"], true) != false
}

deny contains pod.denial(container.name, "It keeps capabilities: drop lists not ALL", about) if {
	some container in pod.containers
	not "ALL" in object.get(container.spec, ["securityContext", "capabilities", "drop"], [])
}

deny contains pod.denial(container.name, sprintf("Capability %s is not allowed", [capability]), about) if {
	some container in pod.containers
	some capability in object.get(container.spec, ["securityContext", "capabilities", "add"], [])
	not capability in data.config.workspace.capabilities
}

deny contains pod.denial(container.name, "It may run as root", about) if {
	some container in pod.containers
	inherited := object.get(container.pod.spec, ["securityContext", "runAsNonRoot"], false)
	object.get(container.spec, ["securityContext", "runAsNonRoot"], inherited) != true
}

deny contains pod.denial(found.name, sprintf("%s shares the machine's", [field]), about) if {
	some found in pod.pods
	some field in ["hostIPC", "hostNetwork", "hostPID"]
	object.get(found.spec, field, false) != false
}
