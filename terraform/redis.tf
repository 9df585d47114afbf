# The search read model, limits and states: all of it can be rebuilt from Spanner.

resource "google_redis_instance" "suite" {
  count = var.awake ? 1 : 0

  name           = "erejestracja"
  display_name   = "Read model, limits, states"
  region         = var.region
  redis_version  = "REDIS_7_2"
  tier           = var.redis.replicas > 0 ? "STANDARD_HA" : "BASIC"
  memory_size_gb = var.redis.memory_gb

  replica_count      = var.redis.replicas > 0 ? var.redis.replicas : null
  read_replicas_mode = var.redis.replicas > 0 ? "READ_REPLICAS_ENABLED" : null

  authorized_network      = google_compute_network.suite.id
  connect_mode            = "PRIVATE_SERVICE_ACCESS"
  auth_enabled            = true
  transit_encryption_mode = "SERVER_AUTHENTICATION"
  customer_managed_key    = google_kms_crypto_key.store["redis"].id
  deletion_protection     = var.protected

  redis_configs = {
    # Counters and states go first; the read model has no expiry and is kept.
    maxmemory-policy = "volatile-lru"
  }

  maintenance_policy {
    weekly_maintenance_window {
      day = "TUESDAY"
      start_time {
        hours   = 1
        minutes = 0
      }
    }
  }

  depends_on = [google_service_networking_connection.services, google_kms_crypto_key_iam_member.agent]
}

locals {
  redis = one(google_redis_instance.suite)

  # The certificate is signed by the instance's own authority and names no host.
  redis_url = local.redis == null ? "" : format(
    "rediss://:%s@%s:%d/0?ssl_check_hostname=false&ssl_ca_data=%s",
    urlencode(local.redis.auth_string),
    local.redis.host,
    local.redis.port,
    urlencode(join("\n", local.redis.server_ca_certs[*].cert)),
  )
}
