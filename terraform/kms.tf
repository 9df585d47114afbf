# One key per store, so that one can be withdrawn without the others; each where its store is.
locals {
  # Keys for stores in a European multi-region are in the multi-region "europe".
  key_location = {
    for place in distinct([var.region, var.bigquery_location, var.firestore_location, var.spanner.key_location]) :
    place => contains(["EU", "eur3"], place) ? "europe" : place
  }

  number = data.google_project.this.number

  # key => where, and the service agents that encrypt with it on the suite's behalf
  keys = {
    bigquery = {
      location = local.key_location[var.bigquery_location]
      agents   = { bigquery = "bq-${local.number}@bigquery-encryption.iam.gserviceaccount.com" }
    }
    firestore = {
      location = local.key_location[var.firestore_location]
      agents   = { firestore = "service-${local.number}@gcp-sa-firestore.iam.gserviceaccount.com" }
    }
    functions = {
      location = var.region
      agents = {
        artifacts = "service-${local.number}@gcp-sa-artifactregistry.iam.gserviceaccount.com"
        eventarc  = "service-${local.number}@gcp-sa-eventarc.iam.gserviceaccount.com"
        functions = "service-${local.number}@gcf-admin-robot.iam.gserviceaccount.com"
        run       = "service-${local.number}@serverless-robot-prod.iam.gserviceaccount.com"
        storage   = "service-${local.number}@gs-project-accounts.iam.gserviceaccount.com"
      }
    }
    logs = {
      location = var.region
      agents   = { logging = "service-${local.number}@gcp-sa-logging.iam.gserviceaccount.com" }
    }
    pubsub = {
      location = var.region
      agents   = { pubsub = "service-${local.number}@gcp-sa-pubsub.iam.gserviceaccount.com" }
    }
    redis = {
      location = var.region
      agents   = { redis = "service-${local.number}@cloud-redis.iam.gserviceaccount.com" }
    }
    secrets = {
      location = var.region
      agents   = { secrets = "service-${local.number}@gcp-sa-secretmanager.iam.gserviceaccount.com" }
    }
    spanner = {
      location = local.key_location[var.spanner.key_location]
      agents   = { spanner = "service-${local.number}@gcp-sa-spanner.iam.gserviceaccount.com" }
    }
    storage = {
      location = var.region
      agents   = { storage = "service-${local.number}@gs-project-accounts.iam.gserviceaccount.com" }
    }
  }

  key_agents = merge([
    for key, it in local.keys : { for name, email in it.agents : "${key}/${name}" => { key = key, email = email } }
  ]...)
}

resource "google_kms_key_ring" "suite" {
  for_each = toset([for it in local.keys : it.location])

  name       = "suite"
  location   = each.key
  depends_on = [google_project_service.suite]
}

resource "google_kms_crypto_key" "store" {
  # checkov:skip=CKV_GCP_82: deletion_policy says the same, and can be off in dev
  for_each = local.keys

  name                       = each.key
  key_ring                   = google_kms_key_ring.suite[each.value.location].id
  rotation_period            = "7776000s" # 90 days; older versions go on decrypting
  destroy_scheduled_duration = "2592000s" # 30 days in which a mistake can be taken back
  deletion_policy            = var.protected ? "PREVENT" : "DELETE"
}

resource "google_kms_crypto_key_iam_member" "agent" {
  for_each = local.key_agents

  crypto_key_id = google_kms_crypto_key.store[each.value.key].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${each.value.email}"
}
