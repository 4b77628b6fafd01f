variable "account_id" {
  description = "AWS account to build in; another one is refused."
  type        = string

  validation {
    condition     = can(regex("^\\d{12}$", var.account_id))
    error_message = "account_id must be the twelve digits of an AWS account."
  }
}

variable "additional_endpoint_services" {
  description = "Further AWS services that get an interface endpoint, like sqs."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.additional_endpoint_services) == 0 || var.deployment_features.vpc_endpoints == "full"
    error_message = "additional_endpoint_services need deployment_features.vpc_endpoints set to full."
  }
}

variable "admin_principal_arns" {
  description = "IAM roles or users that administer the cluster. None: nobody can use kubectl."
  type        = list(string)
  default     = []
}

variable "availability_zones" {
  description = "Zones of the region that are used, in order. Volumes stay in their zone, so the order is kept for good."
  type        = list(string)
  default     = ["us-east-1a", "us-east-1b", "us-east-1c"]

  validation {
    condition     = length(var.availability_zones) >= 2 && length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "Name at least two different availability_zones: EKS and Aurora need subnets in two, even where machines use one."
  }

  validation {
    condition     = alltrue([for zone in var.availability_zones : startswith(zone, var.region)])
    error_message = "Each of availability_zones must be a zone of the region: change region or availability_zones."
  }
}

variable "cidr_block" {
  description = "Addresses of the VPC, a /16 that no connected network uses."
  type        = string
  default     = "10.40.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.cidr_block)) && endswith(var.cidr_block, "/16")
    error_message = "cidr_block must be an IPv4 range of the size /16, like 10.40.0.0/16."
  }
}

variable "database" {
  description = "Aurora PostgreSQL Serverless v2."
  type = object({
    backup_retention_days = optional(number, 14)
    engine_version        = optional(string, "16.9")
    max_acu               = optional(number, 16)
    min_acu               = optional(number, 0.5)
  })
  default = {}

  validation {
    condition     = var.database.min_acu >= 0.5 && var.database.max_acu <= 256 && var.database.min_acu <= var.database.max_acu
    error_message = "Set database.min_acu to 0.5 or more and database.max_acu to 256 or less: a database that sleeps takes 15 seconds to wake, and ours never has no connections."
  }

  validation {
    condition     = var.database.backup_retention_days >= 7 && var.database.backup_retention_days <= 35
    error_message = "Set database.backup_retention_days to 7 to 35."
  }
}

variable "deployment_features" {
  description = "What is built; docs/infrastructure/feature-flags.md says what each costs and needs."
  type = object({
    audit_trail        = optional(bool, false)
    backups            = optional(bool, true)
    high_availability  = optional(bool, false)
    nat_gateway        = optional(bool, true)
    registry_mirror    = optional(bool, true)
    spot               = optional(bool, false)
    time_based_scaling = optional(bool, false)
    vpc_endpoints      = optional(string, "gateway")
  })
  default = {}

  validation {
    condition     = contains(["none", "gateway", "full"], var.deployment_features.vpc_endpoints)
    error_message = "deployment_features.vpc_endpoints must be none, gateway or full."
  }

  validation {
    condition     = var.deployment_features.nat_gateway || var.deployment_features.vpc_endpoints == "full"
    error_message = "Without a NAT gateway machines reach AWS through endpoints only: set deployment_features.vpc_endpoints to full, or deployment_features.nat_gateway to true."
  }

  validation {
    condition     = !var.deployment_features.high_availability || length(var.availability_zones) >= 3
    error_message = "high_availability spreads machines over three zones: name three availability_zones, or set deployment_features.high_availability to false."
  }

  validation {
    condition     = !(var.deployment_features.spot && var.workspace_nodes.on_demand_percentage == 100)
    error_message = "spot with workspace_nodes.on_demand_percentage at 100 buys no spot machine: lower the percentage, or set deployment_features.spot to false."
  }
}

variable "environment" {
  description = "Value of the tag Environment, like production."
  type        = string
  default     = "production"
}

variable "kubernetes_version" {
  description = "Minor version of Kubernetes on EKS."
  type        = string
  default     = "1.35"

  validation {
    condition     = can(regex("^1\\.\\d{2}$", var.kubernetes_version))
    error_message = "kubernetes_version must be a minor version like 1.35."
  }
}

variable "log_retention_days" {
  description = "Days that logs of the network and the cluster are kept; one of the periods that CloudWatch offers."
  type        = number
  default     = 90

  validation {
    condition     = contains([30, 60, 90, 120, 180, 365, 400, 545, 731, 1096, 1827], var.log_retention_days)
    error_message = "Set log_retention_days to 30, 60, 90, 120, 180, 365, 400, 545, 731, 1096 or 1827."
  }
}

variable "mirrored_registries" {
  description = "Public registries that need no password and are pulled through ECR, by prefix."
  type        = map(string)
  default = {
    kubernetes = "registry.k8s.io"
    public-ecr = "public.ecr.aws"
    quay       = "quay.io"
  }
}

variable "name" {
  description = "Name of the deployment, in the names of everything."
  type        = string
  default     = "spt-flow"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 20 small letters, digits and hyphens, and begin with a letter."
  }
}

variable "nat_gateway_reason" {
  description = "Why a public-sector deployment has a way to the internet; kept as a tag."
  type        = string
  default     = ""
}

variable "pattern" {
  description = "Pattern whose promises are kept: sr-ha, sr-simple, pubsec, or custom for none."
  type        = string
  default     = "custom"

  validation {
    condition     = contains(["custom", "pubsec", "sr-ha", "sr-simple"], var.pattern)
    error_message = "pattern must be sr-ha, sr-simple, pubsec or custom."
  }

  validation {
    condition     = var.pattern != "pubsec" || !var.deployment_features.spot
    error_message = "pubsec runs on demand only: set deployment_features.spot to false, or pattern to custom."
  }

  validation {
    condition     = var.pattern != "pubsec" || var.deployment_features.vpc_endpoints == "full"
    error_message = "pubsec calls AWS through endpoints: set deployment_features.vpc_endpoints to full, or pattern to custom."
  }

  validation {
    condition     = var.pattern != "pubsec" || !var.deployment_features.nat_gateway || length(var.nat_gateway_reason) >= 10
    error_message = "pubsec has no way to the internet: set deployment_features.nat_gateway to false, or say in nat_gateway_reason what needs it."
  }

  validation {
    condition     = var.pattern != "pubsec" || (var.deployment_features.audit_trail && length(var.public_access_cidrs) == 0)
    error_message = "pubsec records every call and has no public API: set deployment_features.audit_trail to true and public_access_cidrs to [], or pattern to custom."
  }

  validation {
    condition     = !contains(["pubsec", "sr-ha"], var.pattern) || var.deployment_features.high_availability
    error_message = "sr-ha and pubsec use three zones: set deployment_features.high_availability to true, or pattern to sr-simple or custom."
  }

  validation {
    condition     = var.pattern != "sr-simple" || !var.deployment_features.high_availability
    error_message = "sr-simple uses one zone: set deployment_features.high_availability to false, or pattern to sr-ha or custom."
  }
}

variable "provisioner_nodes" {
  description = "Machines that only build images and workspaces; the autoscaler buys them while something waits."
  type = object({
    disk_gib       = optional(number, 100)
    instance_types = optional(list(string), ["t3.large"])
    max_size       = optional(number, 4)
    min_size       = optional(number, 0)
  })
  default = {}
}

variable "public_access_cidrs" {
  description = "Addresses that reach the API of the cluster from the internet. None: from inside the VPC only."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.public_access_cidrs : can(cidrnetmask(cidr)) && tonumber(split("/", cidr)[1]) >= 16])
    error_message = "Name the networks of your offices in public_access_cidrs, each a /16 or smaller: the API is not opened to everybody."
  }
}

variable "region" {
  description = "AWS region."
  type        = string
  default     = "us-east-1"
}

variable "scaling_schedule" {
  description = "Office hours of machines for time_based_scaling; cron with five fields. Workspaces stop at stop_time by the product's own schedule, machines end from nodes_stop_time on."
  type = object({
    holidays        = optional(list(string), [])
    nodes_stop_time = optional(string, "25 18 * * MON-FRI")
    start_time      = optional(string, "45 6 * * MON-FRI")
    stop_time       = optional(string, "15 18 * * MON-FRI")
    timezone        = optional(string, "America/New_York")
  })
  default = {}

  validation {
    condition = alltrue([
      for time in [var.scaling_schedule.start_time, var.scaling_schedule.stop_time, var.scaling_schedule.nodes_stop_time] :
      can(regex("^\\d{1,2} \\d{1,2} \\S+ \\S+ \\S+$", time))
    ])
    error_message = "Each time of scaling_schedule must have five cron fields with one minute and one hour, like 45 6 * * MON-FRI."
  }

  validation {
    condition     = can(regex("^([A-Z][A-Za-z_]+/[A-Za-z_/-]+|Etc/UTC)$", var.scaling_schedule.timezone))
    error_message = "scaling_schedule.timezone must be a place like America/New_York: an abbreviation like EST does not follow daylight saving."
  }

  validation {
    condition     = alltrue([for day in var.scaling_schedule.holidays : can(regex("^(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$", day))])
    error_message = "Each of scaling_schedule.holidays must be a day of the year like 12-25."
  }

  validation {
    condition = try(
      tonumber(split(" ", var.scaling_schedule.nodes_stop_time)[1]) * 60 + tonumber(split(" ", var.scaling_schedule.nodes_stop_time)[0]) >=
      tonumber(split(" ", var.scaling_schedule.stop_time)[1]) * 60 + tonumber(split(" ", var.scaling_schedule.stop_time)[0]) + 5,
      false
    )
    error_message = "Machines end after workspaces have stopped: set scaling_schedule.nodes_stop_time five minutes or more after stop_time."
  }
}

variable "tags" {
  description = "Further tags of everything."
  type        = map(string)
  default     = {}

  validation {
    condition     = !contains(keys(var.tags), "ManagedBy")
    error_message = "Leave ManagedBy out of tags: it is always spt-flow, and policies and backups go by it."
  }
}

variable "workspace_nodes" {
  description = "Machines of workspaces. baseline is how many are there in office hours, max_size how many the autoscaler may buy, over all zones together."
  type = object({
    baseline             = optional(number, 8)
    disk_gib             = optional(number, 100)
    instance_types       = optional(list(string), ["m5.2xlarge", "m5a.2xlarge", "m5n.2xlarge"])
    max_size             = optional(number, 50)
    off_hours_baseline   = optional(number, 0)
    on_demand_percentage = optional(number, 20)
  })
  default = {}

  validation {
    condition     = var.workspace_nodes.max_size >= var.workspace_nodes.baseline && var.workspace_nodes.baseline >= 0
    error_message = "Set workspace_nodes.max_size to workspace_nodes.baseline or more."
  }

  validation {
    condition     = var.workspace_nodes.on_demand_percentage >= 10 && var.workspace_nodes.on_demand_percentage <= 100
    error_message = "Set workspace_nodes.on_demand_percentage to 10 to 100: spot alone may leave nobody with a machine."
  }

  validation {
    condition     = length(distinct([for type in var.workspace_nodes.instance_types : split(".", type)[1]])) == 1
    error_message = "All of workspace_nodes.instance_types must be of one size, like 2xlarge: the autoscaler counts on it."
  }
}
