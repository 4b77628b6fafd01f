# METADATA
# title: Module sources
# description: Code of infrastructure comes from this repository, so that it is reviewed and pinned with it.
# custom:
#   remedy: Copy the module to infra/terraform/aws/modules, or add its source to config.module_sources.
package sptflow.terraform.module_sources

import data.sptflow.lib.plan

about := rego.metadata.chain()[1].annotations

calls contains {"name": name, "source": call.source} if {
	walk(object.get(input, "configuration", {}), [path, value])
	path[count(path) - 1] == "module_calls"
	some name, call in value
}

deny contains plan.denial({"address": $"module.{call.name}"}, $"It comes from {call.source}", about) if {
	some call in calls
	not startswith(call.source, "./")
	not call.source in data.config.module_sources
}
