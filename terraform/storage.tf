# Buckets of the suite. Those of state, bundles and plans are there before terraform is
# (docs/deploy/bootstrap.md); here only is said who may use them (builds.tf).

locals {
  bucket_rules = {
    # Versions of what was published are of use for a while, uploads for less.
    open-data = { superseded_days = 90, delete_days = 0, website = true }
    imports   = { superseded_days = 7, delete_days = 30, website = false }
  }

  # Buckets that tell a topic of new objects, and functions that read and write a bucket's objects.
  telling         = { for name, it in local.suite.buckets : name => it if can(it.tells) }
  told_by_buckets = toset([for it in local.telling : it.tells])
  notifications = merge([
    for name, it in local.telling : {
      for folder in it.below : "${name}/${folder}" => { bucket = name, topic = it.tells, folder = folder }
    }
  ]...)
  bucket_users = merge([
    for name in keys(local.suite.buckets) : {
      for function in lookup(local.using, "storage.${name}", []) :
      "${name}/${function}" => { bucket = name, function = function }
    }
  ]...)
}

resource "google_storage_bucket" "suite" {
  # checkov:skip=CKV_GCP_62: who reads is in the audit log (logs.tf), which names accounts, too
  # checkov:skip=CKV_GCP_114: enforced for every bucket but open data, which is for everyone
  for_each = local.suite.buckets

  name          = "${var.project}-${each.key}"
  location      = var.region
  force_destroy = !var.protected

  uniform_bucket_level_access = true
  # Only open data is for everyone, and only through the front door's cache.
  public_access_prevention = local.bucket_rules[each.key].website ? "inherited" : "enforced"

  versioning {
    enabled = true
  }
  soft_delete_policy {
    retention_duration_seconds = 604800
  }
  encryption {
    default_kms_key_name = google_kms_crypto_key.store["storage"].id
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = local.bucket_rules[each.key].superseded_days
      with_state                 = "ARCHIVED"
    }
  }
  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 1
    }
  }
  # What was imported is in Spanner; the file has people's data and does not stay.
  dynamic "lifecycle_rule" {
    for_each = local.bucket_rules[each.key].delete_days > 0 ? [local.bucket_rules[each.key].delete_days] : []
    content {
      action {
        type = "Delete"
      }
      condition {
        age = lifecycle_rule.value
      }
    }
  }

  depends_on = [google_project_service.suite, google_kms_crypto_key_iam_member.agent]
}

resource "google_storage_bucket_iam_member" "everyone_reads_open_data" {
  # checkov:skip=CKV_GCP_28: what is published here is for everyone; the bucket cannot be listed
  for_each = { for name, it in local.bucket_rules : name => it if it.website }

  bucket = google_storage_bucket.suite[each.key].name
  role   = "roles/storage.legacyObjectReader" # objects by name; nobody lists the bucket
  member = "allUsers"
}

resource "google_storage_bucket_iam_member" "user" {
  for_each = local.bucket_users

  bucket = google_storage_bucket.suite[each.value.bucket].name
  role   = "roles/storage.objectUser"
  member = google_service_account.function[each.value.function].member
}

# Cloud Storage itself tells of new objects: by name and generation, never by what is in them.
resource "google_pubsub_topic_iam_member" "bucket" {
  for_each = local.telling

  topic  = google_pubsub_topic.event[each.value.tells].id
  role   = "roles/pubsub.publisher"
  member = "serviceAccount:${local.keys.storage.agents.storage}"
}

resource "google_storage_notification" "bucket" {
  for_each = local.notifications

  bucket             = google_storage_bucket.suite[each.value.bucket].name
  topic              = google_pubsub_topic.event[each.value.topic].id
  payload_format     = "NONE"
  event_types        = ["OBJECT_FINALIZE"]
  object_name_prefix = each.value.folder

  depends_on = [google_pubsub_topic_iam_member.bucket]
}

# It told of referrals alone; made anew, it would miss the files of that moment.
moved {
  from = google_storage_notification.bucket["imports"]
  to   = google_storage_notification.bucket["imports/referrals/"]
}
