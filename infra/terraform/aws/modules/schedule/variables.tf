variable "groups" {
  description = "Autoscaling groups that follow the clock, and how many machines each keeps during and outside of hours."
  type = map(object({
    autoscaling_group_name = string
    min_size_off_hours     = number
    min_size_on_hours      = number
  }))
}

variable "holidays" {
  description = "Days of the year without machines, as MM-DD."
  type        = set(string)
}

variable "start_time" {
  description = "When machines start, as five cron fields in timezone."
  type        = string
}

variable "stop_time" {
  description = "When idle machines may end, as five cron fields in timezone; after the workspaces have stopped."
  type        = string
}

variable "timezone" {
  description = "Name of the time zone, like America/New_York, so that daylight saving is followed."
  type        = string
}
