# METADATA
# title: Egress of workspaces
# description: What leaves the cluster goes through the proxy that knows names.
# custom:
#   remedy: Allow the proxy in the NetworkPolicy and add the name to the list of the proxy.
package sptflow.workspace.egress

import data.sptflow.lib.pod

about := rego.metadata.chain()[1].annotations

policies contains object if {
	some object in pod.objects
	object.kind == "NetworkPolicy"
}

deny contains pod.denial(pod.name_of(policy), "A rule allows every destination", about) if {
	some policy in policies
	some rule in object.get(policy.spec, "egress", [])
	count(object.get(rule, "to", [])) == 0
}

deny contains pod.denial(pod.name_of(policy), sprintf("Addresses %s are outside of the cluster", [peer.ipBlock.cidr]), about) if {
	some policy in policies
	some rule in object.get(policy.spec, "egress", [])
	some peer in object.get(rule, "to", [])
	not is_inside(peer)
}

is_inside(peer) if not peer.ipBlock

is_inside(peer) if {
	some cidr in data.config.workspace.cluster_cidrs
	net.cidr_contains(cidr, peer.ipBlock.cidr)
}
