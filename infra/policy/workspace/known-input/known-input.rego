# METADATA
# title: Known input
# description: What is judged is a whole plan of a workspace, or objects of Kubernetes.
# custom:
#   remedy: Hand in a plan of the control plane, or manifests with kind and metadata.name.
package sptflow.workspace.known_input

import data.sptflow.lib.pod
import data.sptflow.lib.workload

about := rego.metadata.chain()[1].annotations

fields := {
	"action": "string",
	"containers": "array",
	"isolation": "string",
	"organizationId": "string",
	"provider": "string",
	"size": "string",
}

actions := {"create", "start", "update"}

deny contains workload.denial("input", $"The plan says no {field}", about) if {
	workload.is_plan
	some field, type in fields
	type_name(object.get(input, field, null)) != type
}

deny contains workload.denial("input", "The plan says no container", about) if {
	workload.is_plan
	input.containers == []
}

deny contains workload.denial("input", "A container of the plan is not told", about) if {
	workload.is_plan
	some container in input.containers
	not is_object(container)
}

deny contains workload.denial("input", $"Action {input.action} is not known", about) if {
	workload.is_plan
	not input.action in actions
}

deny contains workload.denial("input", "It is neither a plan of a workspace nor an object of Kubernetes", about) if {
	not workload.is_plan
	count(pod.objects) == 0
}

deny contains workload.denial("input", "An object has no kind or no name", about) if {
	not workload.is_plan
	some object in pod.objects
	not is_named(object)
}

deny contains workload.denial(pod.name_of(object), "Containers are in a kind that no rule knows", about) if {
	not workload.is_plan
	some object in pod.unknown
}

is_named(object) if {
	is_string(object.kind)
	is_string(object.metadata.name)
}
