package sptflow.workspace.egress_test

import data.sptflow.workspace.egress

samples := data.workspace.egress.samples

test_allowed_sample_passes if count(egress.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in egress.deny} == {"NetworkPolicy/open", "NetworkPolicy/everywhere"} with input as samples.disallowed
}

plan := data.lib.samples.plan

test_a_plan_may_reach_any_host_without_a_list if count(egress.deny) == 0 with input as plan

test_a_plan_reaches_only_hosts_of_the_list if {
	hosts := ["*.example.com", "github.com"]
	known := object.union(plan, {"egress": ["github.com", "a.example.com"]})
	count(egress.deny) == 0 with input as known with data.config.workspace.egress_hosts as hosts
	elsewhere := object.union(plan, {"egress": ["github.com", "example.org"]})
	{denial.reason | some denial in egress.deny} == {"Host example.org is none of the permitted: *.example.com, github.com"} with input as elsewhere with data.config.workspace.egress_hosts as hosts
	{denial.reason | some denial in egress.deny} == {"It may reach every host"} with input as plan with data.config.workspace.egress_hosts as hosts
	count(egress.deny) == 1 with input as object.remove(plan, ["egress"]) with data.config.workspace.egress_hosts as hosts
}
