locals {
  # The CLI compares it with its own version and says what to update.
  template_version = "0.1.0"
  min_cli_version  = "0.1.0"

  name = "coder-${lower(data.coder_workspace_owner.me.name)}-${lower(data.coder_workspace.me.name)}"

  tags = { ManagedBy = "spt-flow" }

  labels = {
    "app.kubernetes.io/managed-by" = "spt-flow"
    "app.kubernetes.io/name"       = "workspace"
    "app.kubernetes.io/instance"   = local.name
    "spt-flow.dev/template"        = replace(local.template_version, "+", "-")
  }
}

data "coder_provisioner" "me" {}

data "coder_workspace" "me" {}

data "coder_workspace_owner" "me" {}

data "coder_parameter" "cpu" {
  name         = "cpu"
  display_name = "CPUs"
  type         = "number"
  default      = var.workspace_cpu_limits[0]
  mutable      = true

  dynamic "option" {
    for_each = var.workspace_cpu_limits

    content {
      name  = "${option.value} CPUs"
      value = option.value
    }
  }
}

data "coder_parameter" "memory" {
  name         = "memory"
  display_name = "Memory"
  type         = "number"
  default      = var.workspace_memory_limits[0]
  mutable      = true

  dynamic "option" {
    for_each = var.workspace_memory_limits

    content {
      name  = "${option.value} GiB"
      value = option.value
    }
  }
}

data "coder_parameter" "disk" {
  name         = "disk"
  display_name = "Disk of the workspace in GiB"
  type         = "number"
  default      = 10
  mutable      = false

  validation {
    min = 1
    max = 100
  }
}

resource "coder_agent" "main" {
  arch = data.coder_provisioner.me.arch
  dir  = "/workspace"
  os   = "linux"

  metadata {
    display_name = "CPU"
    key          = "cpu"
    script       = "coder stat cpu"
    interval     = 30
    timeout      = 5
  }

  metadata {
    display_name = "Memory"
    key          = "memory"
    script       = "coder stat mem"
    interval     = 30
    timeout      = 5
  }

  metadata {
    display_name = "Disk of the workspace"
    key          = "disk"
    script       = "coder stat disk --path /workspace"
    interval     = 300
    timeout      = 5
  }
}
