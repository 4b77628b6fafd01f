package sptflow.workspace.egress_test

import data.sptflow.workspace.egress

samples := data.workspace.egress.samples

test_allowed_sample_passes if count(egress.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in egress.deny} == {"NetworkPolicy/open", "NetworkPolicy/everywhere"} with input as samples.disallowed
}
