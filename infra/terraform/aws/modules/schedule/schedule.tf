# Only min_size moves; -1 leaves a size as it is. An omitted size would be 0, and EKS refuses a maximum of 0.
# Lowering the minimum ends no machine: the cluster autoscaler removes those that are empty.

locals {
  start_clock = split(" ", var.start_time)

  holiday_actions = {
    for pair in setproduct(keys(var.groups), var.holidays) : "${pair[0]}-${pair[1]}" => {
      group = pair[0]
      day   = tonumber(split("-", pair[1])[1])
      month = tonumber(split("-", pair[1])[0])
    }
  }
}

resource "aws_autoscaling_schedule" "start" {
  for_each = var.groups

  scheduled_action_name  = "start"
  autoscaling_group_name = each.value.autoscaling_group_name
  recurrence             = var.start_time
  time_zone              = var.timezone
  min_size               = each.value.min_size_on_hours
  max_size               = -1
  desired_capacity       = -1
}

resource "aws_autoscaling_schedule" "stop" {
  for_each = var.groups

  scheduled_action_name  = "stop"
  autoscaling_group_name = each.value.autoscaling_group_name
  recurrence             = var.stop_time
  time_zone              = var.timezone
  min_size               = each.value.min_size_off_hours
  max_size               = -1
  desired_capacity       = -1
}

# A recurrence cannot leave out a date. A minute after the start of a holiday the minimum is taken back.
resource "aws_autoscaling_schedule" "holiday" {
  for_each = local.holiday_actions

  scheduled_action_name  = "holiday-${each.value.month}-${each.value.day}"
  autoscaling_group_name = var.groups[each.value.group].autoscaling_group_name
  recurrence             = "${(tonumber(local.start_clock[0]) + 1) % 60} ${(tonumber(local.start_clock[1]) + floor((tonumber(local.start_clock[0]) + 1) / 60)) % 24} ${each.value.day} ${each.value.month} *"
  time_zone              = var.timezone
  min_size               = var.groups[each.value.group].min_size_off_hours
  max_size               = -1
  desired_capacity       = -1
}
