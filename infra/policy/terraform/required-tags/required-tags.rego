# METADATA
# title: Required tags
# description: Everything that can have tags says who manages it; backups and permissions go by it.
# custom:
#   remedy: Pass tags = var.tags to the resource.
package sptflow.terraform.required_tags

import data.sptflow.lib.plan

about := rego.metadata.chain()[1].annotations

# Has tags: the provider computes tags_all for every resource that can have them.
taggable(change) if "tags_all" in object.keys(change.change.after)

taggable(change) if "tags_all" in object.keys(change.change.after_unknown)

deny contains plan.denial(change, reason, about) if {
	some change in plan.changes
	taggable(change)
	some tag, value in data.config.required_tags
	actual := object.get(object.get(change.change.after, "tags_all", {}), tag, "not set")
	actual != value
	reason := $"Tag {tag} is {actual}, not {value}"
}
