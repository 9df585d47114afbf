# The programmes' rules, live: Spanner has them for good, and upkeep mirrors them hither. And dialogues by text message.
resource "google_firestore_database" "suite" {
  name        = "(default)"
  location_id = var.firestore_location
  type        = "FIRESTORE_NATIVE"

  concurrency_mode                  = "OPTIMISTIC"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  app_engine_integration_mode       = "DISABLED"
  delete_protection_state           = var.protected ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = var.protected ? "PREVENT" : "DELETE"

  cmek_config {
    kms_key_name = google_kms_crypto_key.store["firestore"].id
  }

  depends_on = [google_project_service.suite, google_kms_crypto_key_iam_member.agent]
}

# What is kept of dialogues is deleted by itself. An index of the time would make it a place that all write to at once.
resource "google_firestore_field" "forgotten" {
  for_each = toset(["dialogues", "askers"])

  project    = var.project
  database   = google_firestore_database.suite.name
  collection = each.key
  field      = "forgetAt"

  ttl_config {}
  index_config {}
}

# Firestore has no policies of its own below the project: a condition names the one database.
resource "google_project_iam_member" "firestore" {
  for_each = { for key, it in local.uses : key => it if startswith(it.use, "firestore.") }

  project = var.project
  role    = each.value.use == "firestore.write" ? "roles/datastore.user" : "roles/datastore.viewer"
  member  = google_service_account.function[each.value.function].member

  condition {
    title      = "the-one-database"
    expression = "resource.name == \"projects/${var.project}/databases/${google_firestore_database.suite.name}\""
  }
}
