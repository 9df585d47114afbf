# Statistics: events as they came, each event once, and sums by day. Readers never see a single
# event: they have views in a dataset of their own, which alone may look at the events.

locals {
  archive = one(keys(local.suite.datasets))
  tables  = "${path.module}/../shared/erejestracja/storage/bigquery"
  raw     = "events_raw"

  view_files = fileset("${local.tables}/views", "*.sql")
  view_sql   = { for file in local.view_files : trimsuffix(file, ".sql") => file("${local.tables}/views/${file}") }
  # Sums are over "events", so in the marts that view is written out: rights end at the first view.
  marts = { for name, sql in local.view_sql : name => sql if strcontains(sql, "{dataset}.events`") }
}

resource "google_bigquery_dataset" "suite" {
  for_each = local.suite.datasets

  dataset_id                 = each.key
  description                = each.value.says
  location                   = var.bigquery_location
  delete_contents_on_destroy = !var.protected
  deletion_policy            = var.protected ? "PREVENT" : "DELETE"
  max_time_travel_hours      = "168"

  default_encryption_configuration {
    kms_key_name = google_kms_crypto_key.store["bigquery"].id
  }

  depends_on = [google_project_service.suite, google_kms_crypto_key_iam_member.agent]
}

resource "google_bigquery_table" "raw" {
  dataset_id          = google_bigquery_dataset.suite[local.archive].dataset_id
  table_id            = local.raw
  description         = "Events as they were told, some twice"
  schema              = file("${local.tables}/tables/${local.raw}.json")
  clustering          = ["type", "powiat"]
  deletion_protection = var.protected

  time_partitioning {
    type  = "DAY"
    field = "occurred_at"
  }

  encryption_configuration {
    kms_key_name = google_kms_crypto_key.store["bigquery"].id
  }
}

# The views as they are on one machine, for those who operate the suite.
resource "google_bigquery_table" "events" {
  # checkov:skip=CKV_GCP_121: a view holds nothing that could be lost
  # checkov:skip=CKV_GCP_80: a view stores nothing that could be encrypted
  dataset_id          = google_bigquery_dataset.suite[local.archive].dataset_id
  table_id            = "events"
  description         = "Each event once"
  deletion_protection = false # a view holds nothing

  view {
    query          = replace(local.view_sql["events"], "{dataset}", local.archive)
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.raw]
}

resource "google_bigquery_table" "daily" {
  # checkov:skip=CKV_GCP_121: a view holds nothing that could be lost
  # checkov:skip=CKV_GCP_80: a view stores nothing that could be encrypted
  for_each = local.marts

  dataset_id          = google_bigquery_dataset.suite[local.archive].dataset_id
  table_id            = each.key
  description         = split("\n", trimprefix(each.value, "-- "))[0]
  deletion_protection = false

  view {
    query          = replace(each.value, "{dataset}", local.archive)
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.events]
}

resource "google_bigquery_dataset" "marts" {
  dataset_id                 = "marts"
  description                = "Sums by day, for reports: no row is about a person"
  location                   = var.bigquery_location
  delete_contents_on_destroy = true # views only
  deletion_policy            = "DELETE"

  default_encryption_configuration {
    kms_key_name = google_kms_crypto_key.store["bigquery"].id
  }

  depends_on = [google_project_service.suite, google_kms_crypto_key_iam_member.agent]
}

resource "google_bigquery_table" "mart" {
  # checkov:skip=CKV_GCP_121: a view holds nothing that could be lost
  # checkov:skip=CKV_GCP_80: a view stores nothing that could be encrypted
  for_each = local.marts

  dataset_id          = google_bigquery_dataset.marts.dataset_id
  table_id            = each.key
  description         = split("\n", trimprefix(each.value, "-- "))[0]
  deletion_protection = false

  view {
    query = replace(
      each.value, "`{dataset}.events`",
      "(\n${replace(local.view_sql["events"], "{dataset}", "${var.project}.${local.archive}")})"
    )
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.raw]
}

resource "google_bigquery_dataset_access" "marts_read_events" {
  dataset_id = google_bigquery_dataset.suite[local.archive].dataset_id

  dataset {
    dataset {
      project_id = var.project
      dataset_id = google_bigquery_dataset.marts.dataset_id
    }
    target_types = ["VIEWS"]
  }
}

resource "google_bigquery_table_iam_member" "archivist" {
  for_each = local.using["bigquery.write"]

  dataset_id = google_bigquery_dataset.suite[local.archive].dataset_id
  table_id   = google_bigquery_table.raw.table_id
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.function[each.key].member
}

# Looker Studio reads as the person who looks. A query is a job of the project, and reads only what they may.
resource "google_bigquery_dataset_iam_member" "readers" {
  count = var.readers == null ? 0 : 1

  dataset_id = google_bigquery_dataset.marts.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = "group:${var.readers}"
}

resource "google_project_iam_member" "readers_ask" {
  count = var.readers == null ? 0 : 1

  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = "group:${var.readers}"
}
