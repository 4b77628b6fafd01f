# METADATA
# title: Allowed regions
# description: Data stays where it may be.
# custom:
#   remedy: Choose a region of config.allowed_regions, or add it there.
package sptflow.terraform.allowed_regions

import data.sptflow.lib.plan

about := rego.metadata.chain()[1].annotations

deny contains denial if {
	region := object.get(input, ["variables", "region", "value"], "not known")
	not region in data.config.allowed_regions
	denial := plan.denial({"address": "var.region"}, $"Region {region} is not among the allowed ones", about)
}

deny contains plan.denial(change, $"Zone {zone} is in no allowed region", about) if {
	some change in plan.of_type("aws_subnet")
	zone := object.get(change.change.after, "availability_zone", "not known")
	not in_allowed_region(zone)
}

in_allowed_region(zone) if {
	some region in data.config.allowed_regions
	startswith(zone, region)
}
