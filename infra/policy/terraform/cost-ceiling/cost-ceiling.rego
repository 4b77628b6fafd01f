# METADATA
# title: Cost ceiling
# description: Machines at their most, around the clock and on demand, stay below a monthly amount.
# custom:
#   remedy: Lower max_size, or raise config.monthly_ceiling_usd.
package sptflow.terraform.cost_ceiling

import data.sptflow.lib.plan

about := rego.metadata.chain()[1].annotations

hours_of_month := 730

group_usd(change) := usd if {
	prices := [data.prices.instance_hour_usd[type] | some type in change.change.after.instance_types]
	count(prices) == count(change.change.after.instance_types)
	count(prices) > 0
	usd := (max(prices) * change.change.after.scaling_config[0].max_size) * hours_of_month
}

deny contains plan.denial(change, "What it may cost cannot be told: a type without a price, or a size that is not known", about) if {
	some change in plan.of_type("aws_eks_node_group")
	not group_usd(change)
}

deny contains denial if {
	usd := sum([group_usd(change) | some change in plan.of_type("aws_eks_node_group")])
	usd > data.config.monthly_ceiling_usd
	reason := $"Machines may cost {round(usd)} USD a month, more than {data.config.monthly_ceiling_usd}"
	denial := plan.denial({"address": "aws_eks_node_group"}, reason, about)
}
