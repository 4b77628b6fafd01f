package sptflow.terraform.module_sources_test

import data.sptflow.terraform.module_sources

samples := data.terraform["module-sources"].samples

test_allowed_sample_passes if count(module_sources.deny) == 0 with input as samples.allowed

test_disallowed_sample_is_denied if {
	{denial.resource | some denial in module_sources.deny} == {"module.eks", "module.nested"} with input as samples.disallowed
}
