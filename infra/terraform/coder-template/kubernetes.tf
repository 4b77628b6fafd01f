terraform {
  required_providers {
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = ">= 2.35, < 4.0"
    }
  }
}

locals {
  # Sizes in GiB. Each survives a stop; the disk of the workspace may be larger.
  volumes = {
    workspace = { path = "/workspace", size = data.coder_parameter.disk.value }
    history   = { path = "/commandhistory", size = 1 }
    ai        = { path = "/home/node/.claude", size = 1 }
  }
}

resource "kubernetes_persistent_volume_claim" "main" {
  for_each = local.volumes

  # A volume waits for its first pod.
  wait_until_bound = false

  metadata {
    name      = "${local.name}-${each.key}"
    namespace = var.kubernetes_namespace
    labels    = local.labels
  }

  spec {
    access_modes       = ["ReadWriteOnce"]
    storage_class_name = var.storage_class_name

    resources {
      requests = { storage = "${each.value.size}Gi" }
    }
  }

  # A claim can grow and never shrink, and a rename would lose what is in it.
  lifecycle {
    ignore_changes = [metadata[0].name]
  }
}

resource "kubernetes_deployment" "main" {
  count            = data.coder_workspace.me.start_count
  wait_for_rollout = false

  metadata {
    name      = local.name
    namespace = var.kubernetes_namespace
    labels    = local.labels
  }

  spec {
    replicas = "1"

    selector {
      match_labels = { "app.kubernetes.io/instance" = local.name }
    }

    # Two pods cannot mount the same volume.
    strategy {
      type = "Recreate"
    }

    template {
      metadata {
        labels = local.labels
      }

      spec {
        automount_service_account_token = false
        node_selector                   = { "spt-flow.dev/role" = "workspace" }

        security_context {
          fs_group        = "1000"
          run_as_non_root = true
          run_as_user     = "1000"
        }

        toleration {
          key      = "spt-flow.dev/for"
          operator = "Equal"
          value    = "workspaces"
          effect   = "NoSchedule"
        }

        container {
          name              = "workspace"
          image             = var.agent_image_url
          image_pull_policy = "IfNotPresent"
          command           = ["sh", "-c", coder_agent.main.init_script]

          env {
            name  = "CODER_AGENT_TOKEN"
            value = coder_agent.main.token
          }

          resources {
            limits = {
              cpu    = data.coder_parameter.cpu.value
              memory = "${data.coder_parameter.memory.value}Gi"
            }
            requests = {
              cpu    = "500m"
              memory = "1Gi"
            }
          }

          security_context {
            allow_privilege_escalation = false
            run_as_non_root            = true

            capabilities {
              drop = ["ALL"]
            }
          }

          dynamic "volume_mount" {
            for_each = local.volumes

            content {
              name       = volume_mount.key
              mount_path = volume_mount.value.path
            }
          }
        }

        dynamic "volume" {
          for_each = local.volumes

          content {
            name = volume.key

            persistent_volume_claim {
              claim_name = kubernetes_persistent_volume_claim.main[volume.key].metadata[0].name
            }
          }
        }
      }
    }
  }
}

resource "coder_metadata" "workspace" {
  count       = data.coder_workspace.me.start_count
  resource_id = kubernetes_deployment.main[0].id

  dynamic "item" {
    for_each = merge(local.tags, { TemplateVersion = local.template_version, MinCliVersion = local.min_cli_version })

    content {
      key   = item.key
      value = item.value
    }
  }
}

output "volume_names" {
  description = "Claims that survive a stop."
  value       = { for key, claim in kubernetes_persistent_volume_claim.main : key => claim.metadata[0].name }
}
