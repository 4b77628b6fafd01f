# METADATA
# title: Schedule pairs
# description: What starts by the clock also stops by it; schedules name a place and move the minimum only.
# custom:
#   remedy: Write a start and a stop for each group, max_size = -1, and a time_zone like America/New_York.
package sptflow.terraform.schedule_pairs

import data.sptflow.lib.plan

about := rego.metadata.chain()[1].annotations

deny contains plan.denial(change, $"max_size is {size}; an omitted one is 0, which EKS refuses", about) if {
	some change in plan.of_type("aws_autoscaling_schedule")
	size := object.get(change.change.after, "max_size", "not known")
	size != -1
}

deny contains plan.denial(change, $"desired_capacity is {size}: machines with workspaces would end", about) if {
	some change in plan.of_type("aws_autoscaling_schedule")
	size := object.get(change.change.after, "desired_capacity", "not known")
	size != -1
}

deny contains plan.denial(change, $"time_zone {zone} does not follow daylight saving", about) if {
	some change in plan.of_type("aws_autoscaling_schedule")
	zone := object.get(change.change.after, "time_zone", "not set")
	not regex.match(`^([A-Z][A-Za-z_]+/[A-Za-z_/-]+|Etc/UTC)$`, zone)
}

deny contains plan.denial(change, $"Nothing stops what it starts: {wanted} is missing", about) if {
	some change in plan.of_type("aws_autoscaling_schedule")
	change.name == "start"
	wanted := replace(change.address, "aws_autoscaling_schedule.start", "aws_autoscaling_schedule.stop")
	not wanted in {other.address | some other in plan.of_type("aws_autoscaling_schedule")}
}
