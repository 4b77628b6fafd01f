provider "aws" {
  region                      = "us-east-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  holidays   = ["12-25"]
  start_time = "45 6 * * MON-FRI"
  stop_time  = "25 18 * * MON-FRI"
  timezone   = "America/New_York"

  groups = {
    ws = { autoscaling_group_name = "eks-ws", min_size_off_hours = 0, min_size_on_hours = 3 }
  }
}

run "actions" {
  command = plan

  assert {
    condition     = aws_autoscaling_schedule.start["ws"].min_size == 3 && aws_autoscaling_schedule.stop["ws"].min_size == 0
    error_message = "The minimum rises in the morning and falls in the evening"
  }

  assert {
    condition = alltrue([
      for action in concat(values(aws_autoscaling_schedule.start), values(aws_autoscaling_schedule.stop), values(aws_autoscaling_schedule.holiday)) :
      action.max_size == -1 && action.desired_capacity == -1 && action.time_zone == "America/New_York"
    ])
    error_message = "Nothing else moves, in the time of the place"
  }

  assert {
    condition     = aws_autoscaling_schedule.holiday["ws-12-25"].recurrence == "46 6 25 12 *" && aws_autoscaling_schedule.holiday["ws-12-25"].min_size == 0
    error_message = "A minute after the start of a holiday the minimum is taken back"
  }
}

run "holiday_over_the_hour" {
  command = plan

  variables {
    start_time = "59 23 * * MON-FRI"
    holidays   = ["07-04"]
  }

  assert {
    condition     = aws_autoscaling_schedule.holiday["ws-07-04"].recurrence == "0 0 4 7 *"
    error_message = "The minute after 23:59 is 0:00"
  }
}
