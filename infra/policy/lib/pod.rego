# METADATA
# title: Kubernetes objects
# description: Pods of a manifest, wherever they stand in it. Input is one object or a List of them.
package sptflow.lib.pod

default objects := []

objects := [input] if input.kind != "List"

objects := input.items if input.kind == "List"

pods contains {"name": name_of(object), "kind": object.kind, "spec": object.spec} if {
	some object in objects
	object.kind == "Pod"
}

templated := {"DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"}

pods contains {"name": name_of(object), "kind": object.kind, "spec": object.spec.template.spec} if {
	some object in objects
	object.kind in templated
}

pods contains {"name": name_of(object), "kind": object.kind, "spec": object.spec.podTemplate.spec} if {
	some object in objects
	object.kind in {"Sandbox", "SandboxTemplate"}
}

pods contains {"name": name_of(object), "kind": object.kind, "spec": object.spec.jobTemplate.spec.template.spec} if {
	some object in objects
	object.kind == "CronJob"
}

# Objects of other kinds that bring containers along.
unknown contains object if {
	some object in objects
	not object.kind in (templated | {"CronJob", "Pod", "Sandbox", "SandboxTemplate"})
	walk(object, [path, value])
	path[count(path) - 1] == "containers"
	is_array(value)
}

name_of(object) := $"{object.kind}/{object.metadata.name}"

containers contains {"pod": pod, "name": $"{pod.name}/{container.name}", "spec": container} if {
	some pod in pods
	some list in ["containers", "ephemeralContainers", "initContainers"]
	some container in object.get(pod.spec, list, [])
}
