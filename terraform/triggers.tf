# One file, three builds: a trigger says how far it goes and who it is (docs/deploy/release.md).
locals {
  connected = var.repository == null ? {} : {
    check = { account = "check", approved = false, on = "pull_request" }
    plan  = { account = "build", approved = false, on = "push" }
    apply = { account = "deploy", approved = true, on = "nothing" }
  }
  # Pull requests are checked once, in dev, and only there does a push plan by itself.
  triggers = {
    for name, it in local.connected : name => merge(it, { on = var.environment == "dev" ? it.on : "nothing" })
    if var.environment == "dev" || name != "check"
  }
}

resource "google_cloudbuild_trigger" "suite" {
  for_each = local.triggers

  name            = each.key
  location        = var.region
  service_account = google_service_account.build[each.value.account].id
  filename        = each.value.on == "nothing" ? null : "cloudbuild.yaml"

  substitutions = {
    _ACTION      = each.key
    _ENVIRONMENT = var.environment
  }

  approval_config {
    approval_required = each.value.approved
  }

  dynamic "repository_event_config" {
    for_each = each.value.on == "nothing" ? [] : [each.value.on]
    content {
      repository = var.repository

      dynamic "pull_request" {
        for_each = repository_event_config.value == "pull_request" ? [1] : []
        content {
          branch          = "^main$"
          comment_control = "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
        }
      }
      dynamic "push" {
        for_each = repository_event_config.value == "push" ? [1] : []
        content {
          branch = "^main$"
        }
      }
    }
  }

  # By hand: the commit is named when it is run.
  dynamic "source_to_build" {
    for_each = each.value.on == "nothing" ? [1] : []
    content {
      repository = var.repository
      ref        = "refs/heads/main"
      repo_type  = "GITHUB"
    }
  }
  dynamic "git_file_source" {
    for_each = each.value.on == "nothing" ? [1] : []
    content {
      path       = "cloudbuild.yaml"
      repository = var.repository
      revision   = "refs/heads/main"
      repo_type  = "GITHUB"
    }
  }

  depends_on = [google_project_service.suite]
}
