# Logs stay in the region, under our key, for as long as the tfvars say.

resource "google_logging_project_bucket_config" "suite" {
  project        = var.project
  location       = var.region
  bucket_id      = "suite"
  description    = "What functions, front door and builds say"
  retention_days = var.log_days

  cmek_settings {
    kms_key_name = google_kms_crypto_key.store["logs"].id
  }

  depends_on = [google_kms_crypto_key_iam_member.agent]
}

resource "google_logging_project_sink" "suite" {
  name                   = "suite"
  description            = "Functions, front door, builds, jobs"
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.suite.id}"
  unique_writer_identity = true

  filter = join(" OR ", formatlist("resource.type=\"%s\"", [
    "build", "cloud_run_revision", "cloud_scheduler_job", "http_load_balancer", "pubsub_subscription",
  ]))
}

# Who read a secret or an uploaded file, used a key or became an account.
resource "google_project_iam_audit_config" "sensitive" {
  for_each = toset(["cloudkms", "iam", "secretmanager", "storage", "sts"])

  project = var.project
  service = "${each.key}.googleapis.com"

  audit_log_config {
    log_type = "ADMIN_READ"
  }
  audit_log_config {
    log_type = "DATA_READ"
  }
  audit_log_config {
    log_type = "DATA_WRITE"
  }
}

# What functions themselves call an error, by function; an invariant that is broken apart.
resource "google_logging_metric" "errors" {
  name        = "suite/errors"
  description = "Entries of a function at ERROR or above"
  filter      = "resource.type=\"cloud_run_revision\" AND severity>=ERROR AND jsonPayload.function:*"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    labels {
      key        = "function"
      value_type = "STRING"
    }
  }
  label_extractors = { function = "EXTRACT(jsonPayload.function)" }

  depends_on = [google_project_service.suite]
}

resource "google_logging_metric" "breaches" {
  name        = "suite/breaches"
  description = "Invariants that upkeep found broken"
  filter = join(" AND ", [
    "resource.type=\"cloud_run_revision\"",
    "resource.labels.service_name=\"${local.service.upkeep}\"",
    "jsonPayload.message=\"an invariant is broken\"",
  ])

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }

  depends_on = [google_project_service.suite]
}
