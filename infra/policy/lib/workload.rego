# METADATA
# title: Workloads
# description: What a workspace is about to be, read of Kubernetes objects or of a plan of the control plane.
package sptflow.lib.workload

import data.sptflow.lib.pod

# What the operator says, or what this repository's own manifests are held to. Each limit has a value: one that was not
# there would make a "not" above it hold for nothing.
limits := object.union(closed, configured)

default configured := {}

configured := data.config.workspace if is_object(data.config.workspace)

closed := {
	"capabilities": [],
	"cluster_cidrs": [],
	"egress_hosts": [],
	"image_sources": [],
	"isolations": [],
	"max_containers": 0,
	"max_cost_per_hour": 0,
	"max_cpus": 0,
	"max_memory": 0,
	"pinned_images": true,
	"privileged": false,
	"sizes": [],
	"volume_kinds": [],
}

is_plan if input.kind == "WorkspacePlan"

containers contains {
	"name": container.name,
	"image": object.get(container.spec, "image", ""),
	"privileged": object.get(container.spec, ["securityContext", "privileged"], false),
	"capabilities": known_list(object.get(container.spec, ["securityContext", "capabilities", "add"], []), ["not known"]),
	"limits": known_object(object.get(container.spec, ["resources", "limits"], {})),
} if {
	some container in pod.containers
}

# The control plane names the image only where somebody chose it: null is its own.
containers contains {
	"name": object.get(container, "name", "?"),
	"image": object.get(container, "image", ""),
	"privileged": object.get(container, "privileged", "not known"),
	"capabilities": known_list(object.get(container, "capabilities", null), ["not known"]),
	"limits": known_object(object.get(container, "limits", null)),
} if {
	is_plan
	some container in input.containers
}

volumes contains {"of": found.name, "name": object.get(volume, "name", "?"), "kind": kind} if {
	some found in pod.pods
	some volume in object.get(found.spec, "volumes", [])
	some kind in (object.keys(volume) - {"name"})
}

volumes contains {"of": object.get(container, "name", "?"), "name": object.get(mount, "name", "?"), "kind": object.get(mount, "kind", "not known")} if {
	is_plan
	some container in input.containers
	some mount in known_list(object.get(container, "mounts", null), [{}])
}

known_list(value, _) := value if is_array(value)

known_list(value, otherwise) := otherwise if not is_array(value)

known_object(value) := value if is_object(value)

known_object(value) := {} if not is_object(value)

denial(resource, reason, about) := {
	"title": about.title,
	"resource": resource,
	"reason": reason,
	"remedy": about.custom.remedy,
}

# A null instead of a list permits anything; a list that is missing permits nothing.
is_listed(_, list) if list == null

is_listed(value, list) if value in list

is_matched(_, patterns) if patterns == null

is_matched(text, patterns) if {
	some pattern in patterns
	glob.match(pattern, null, text)
}

words(list) := concat(", ", [$"{word}" | some word in list])
