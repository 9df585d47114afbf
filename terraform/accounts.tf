# Who may what. Functions get rights on single things: databases, topics, tables, secrets.

resource "google_service_account" "function" {
  for_each = local.functions

  account_id   = "fn-${local.service[each.key]}"
  display_name = "Function ${each.key}"
  description  = each.value.says
  depends_on   = [google_project_service.suite]
}

# Those who call functions that nobody else may call.
resource "google_service_account" "caller" {
  for_each = {
    push      = "Pub/Sub, when it delivers events"
    scheduler = "Cloud Scheduler, when something is due"
  }

  account_id   = "call-${each.key}"
  display_name = each.value
  depends_on   = [google_project_service.suite]
}

# Builds the functions' images; the platform's own account for it could do far more.
resource "google_service_account" "builder" {
  account_id   = "function-builder"
  display_name = "Builds functions from bundles"
  depends_on   = [google_project_service.suite]
}

resource "google_project_iam_member" "builder_logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.builder.member
}

resource "google_artifact_registry_repository_iam_member" "builder" {
  location   = google_artifact_registry_repository.functions.location
  repository = google_artifact_registry_repository.functions.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.builder.member
}

# The platform copies a bundle into a bucket of its own before it builds it.
resource "google_project_iam_member" "builder_sources" {
  project = var.project
  role    = "roles/storage.objectViewer"
  member  = google_service_account.builder.member

  condition {
    title      = "sources-of-functions"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-\")"
  }
}
