# Secrets without values: people add those (docs/deploy/secrets.md). Only the address of Redis,
# password and all, is known to Google alone, and therefore handed on by terraform.

resource "google_secret_manager_secret" "suite" {
  for_each = local.readers

  secret_id           = lower(replace(each.key, "_", "-"))
  deletion_protection = var.protected
  # A version that was destroyed by mistake can be had back for a day.
  version_destroy_ttl = "86400s"

  replication {
    user_managed {
      replicas {
        location = var.region
        customer_managed_encryption {
          kms_key_name = google_kms_crypto_key.store["secrets"].id
        }
      }
    }
  }

  depends_on = [google_project_service.suite, google_kms_crypto_key_iam_member.agent]
}

# It stays while Redis sleeps: what a plan takes away of secrets, review refuses.
resource "google_secret_manager_secret" "redis" {
  secret_id           = "redis-url"
  deletion_protection = false # it holds nothing that cannot be had from Redis itself

  replication {
    user_managed {
      replicas {
        location = var.region
        customer_managed_encryption {
          kms_key_name = google_kms_crypto_key.store["secrets"].id
        }
      }
    }
  }

  depends_on = [google_project_service.suite, google_kms_crypto_key_iam_member.agent]
}

resource "google_secret_manager_secret_version" "redis" {
  count = var.awake ? 1 : 0

  secret      = google_secret_manager_secret.redis.id
  secret_data = local.redis_url
}

# The provider reads it back to compare it; the state, which both of them read, holds it anyway.
resource "google_secret_manager_secret_iam_member" "redis_compared" {
  for_each = var.awake ? toset(["build", "deploy"]) : []

  secret_id = google_secret_manager_secret.redis.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.build[each.key].member
}

locals {
  redis_secret = var.awake ? {
    REDIS_URL = {
      secret  = google_secret_manager_secret.redis.secret_id
      version = google_secret_manager_secret_version.redis[0].version
    }
  } : {}

  secret_readers = merge(
    merge([
      for variable, functions in local.readers : {
        for name in functions : "${name}/${variable}" => { function = name, id = google_secret_manager_secret.suite[variable].id }
      }
    ]...),
    var.awake ? {
      for name in local.using["redis"] : "${name}/REDIS_URL" => { function = name, id = google_secret_manager_secret.redis.id }
    } : {},
  )
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = local.secret_readers

  secret_id = each.value.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function[each.value.function].member
}
