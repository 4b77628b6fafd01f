output "actions" {
  description = "What happens when, by action and group."
  value = merge(
    { for key, action in aws_autoscaling_schedule.start : "start-${key}" => action.recurrence },
    { for key, action in aws_autoscaling_schedule.stop : "stop-${key}" => action.recurrence },
    { for key, action in aws_autoscaling_schedule.holiday : "holiday-${key}" => action.recurrence },
  )
}
