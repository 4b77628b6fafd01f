# METADATA
# title: Egress of workspaces
# description: What a workspace reaches is known by name, through the proxy of the cluster, or by the list of its settings.
# custom:
#   remedy: Allow the proxy in the NetworkPolicy and the name in its list; in a template list hosts of egress_hosts.
package sptflow.workspace.egress

import data.sptflow.lib.pod
import data.sptflow.lib.workload

about := rego.metadata.chain()[1].annotations

policies contains object if {
	some object in pod.objects
	object.kind == "NetworkPolicy"
}

deny contains workload.denial(pod.name_of(policy), "A rule allows every destination", about) if {
	some policy in policies
	some rule in object.get(policy.spec, "egress", [])
	count(object.get(rule, "to", [])) == 0
}

deny contains workload.denial(pod.name_of(policy), $"Addresses {peer.ipBlock.cidr} are outside of the cluster", about) if {
	some policy in policies
	some rule in object.get(policy.spec, "egress", [])
	some peer in object.get(rule, "to", [])
	not is_inside(peer)
}

is_inside(peer) if not peer.ipBlock

is_inside(peer) if {
	some cidr in workload.limits.cluster_cidrs
	net.cidr_contains(cidr, peer.ipBlock.cidr)
}

deny contains workload.denial("egress", "It may reach every host", about) if {
	workload.is_plan
	workload.limits.egress_hosts != null
	not is_array(object.get(input, "egress", null))
}

deny contains workload.denial("egress", $"Host {host} is none of the permitted: {workload.words(workload.limits.egress_hosts)}", about) if {
	workload.is_plan
	some host in input.egress
	not workload.is_matched(host, workload.limits.egress_hosts)
}
