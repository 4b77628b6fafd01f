mock_provider "coder" {
  override_data {
    target = data.coder_workspace.me
    values = { name = "Demo", start_count = 1 }
  }

  override_data {
    target = data.coder_workspace_owner.me
    values = { name = "Ada" }
  }
}

variables {
  agent_image_url = "registry.example.com/coder-base@sha256:0000000000000000000000000000000000000000000000000000000000000000"
}

run "names_and_versions" {
  command = plan

  assert {
    condition     = local.name == "coder-ada-demo" && local.labels["app.kubernetes.io/managed-by"] == "spt-flow" && local.tags["ManagedBy"] == "spt-flow"
    error_message = "A workspace is named by its owner, and labelled"
  }

  assert {
    condition     = coder_agent.main.dir == "/workspace" && output.template_version == "0.1.0" && output.min_cli_version == "0.1.0"
    error_message = "The agent works in /workspace, and the template says its version"
  }
}

run "refuses_an_image_that_may_change" {
  command = plan

  variables {
    agent_image_url = "registry.example.com/coder-base:latest"
  }

  expect_failures = [var.agent_image_url]
}
