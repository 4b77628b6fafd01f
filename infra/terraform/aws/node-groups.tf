# Volumes stay in their zone, so workspaces have groups for each zone; a managed group is either on demand or spot.

locals {
  zone_count      = length(local.machine_zones)
  on_demand_share = local.features.spot ? var.workspace_nodes.on_demand_percentage / 100 : 1

  # How many of the baseline, and at most, in the groups of one kind over all zones.
  workspace_kinds = merge(
    {
      od = {
        capacity_type = "ON_DEMAND"
        baseline      = ceil(var.workspace_nodes.baseline * local.on_demand_share)
        off_hours     = ceil(var.workspace_nodes.off_hours_baseline * local.on_demand_share)
      }
    },
    local.features.spot ? {
      spot = {
        capacity_type = "SPOT"
        baseline      = floor(var.workspace_nodes.baseline * (1 - local.on_demand_share))
        off_hours     = floor(var.workspace_nodes.off_hours_baseline * (1 - local.on_demand_share))
      }
    } : {},
  )

  workspace_groups = merge([
    for kind, group in local.workspace_kinds : {
      for index, zone in local.machine_zones : "ws-${kind}-${zone}" => {
        capacity_type  = group.capacity_type
        disk_gib       = var.workspace_nodes.disk_gib
        instance_types = var.workspace_nodes.instance_types
        labels         = { "spt-flow.dev/role" = "workspace", "spt-flow.dev/capacity" = kind }
        max_size       = ceil(var.workspace_nodes.max_size / local.zone_count)
        subnet_ids     = [module.network.private_subnet_ids[zone]]
        tainted_for    = "workspaces"
        # Shared out over the zones, the first ones getting what does not divide.
        on_hours  = floor(group.baseline / local.zone_count) + (index < group.baseline % local.zone_count ? 1 : 0)
        off_hours = floor(group.off_hours / local.zone_count) + (index < group.off_hours % local.zone_count ? 1 : 0)
      }
    }
  ]...)

  provisioner_group = {
    capacity_type  = "ON_DEMAND"
    disk_gib       = var.provisioner_nodes.disk_gib
    instance_types = var.provisioner_nodes.instance_types
    labels         = { "spt-flow.dev/role" = "provisioner" }
    max_size       = var.provisioner_nodes.max_size
    subnet_ids     = [for zone in local.machine_zones : module.network.private_subnet_ids[zone]]
    tainted_for    = "provisioners"
    on_hours       = var.provisioner_nodes.min_size
    off_hours      = 0
  }

  scheduled_groups = merge(local.workspace_groups, { provisioners = local.provisioner_group })

  node_groups = merge(
    {
      system = {
        capacity_type  = "ON_DEMAND"
        disk_gib       = 50
        instance_types = ["t3.large"]
        labels         = { "spt-flow.dev/role" = "system" }
        max_size       = 6
        min_size       = local.features.high_availability ? 3 : 2
        subnet_ids     = [for zone in local.machine_zones : module.network.private_subnet_ids[zone]]
        tainted_for    = null
      }
    },
    # With a schedule, min_size is the one of the night: the schedule raises it.
    {
      for key, group in local.scheduled_groups : key => merge(group, {
        min_size = local.features.time_based_scaling ? group.off_hours : group.on_hours
      })
    },
  )
}

module "node_groups" {
  source = "./modules/node-groups"

  cluster_name = module.cluster.name
  groups       = local.node_groups
  kms_key_arn  = module.encryption.key_arn
  name         = var.name
  partition    = local.partition
  tags         = local.tags
}

module "schedule" {
  source = "./modules/schedule"
  count  = local.features.time_based_scaling ? 1 : 0

  holidays   = var.scaling_schedule.holidays
  start_time = var.scaling_schedule.start_time
  stop_time  = var.scaling_schedule.nodes_stop_time
  timezone   = var.scaling_schedule.timezone

  groups = {
    for key, group in local.scheduled_groups : key => {
      autoscaling_group_name = module.node_groups.autoscaling_group_names[key]
      min_size_off_hours     = group.off_hours
      min_size_on_hours      = group.on_hours
    }
  }
}
