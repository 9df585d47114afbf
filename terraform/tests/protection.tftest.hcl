# Our keys, our regions, and nothing that is deleted by mistake.

mock_provider "google" {}

variables {
  environment     = "prod"
  project         = "erejestracja-test"
  domain          = "test.erejestracja.example"
  alert_addresses = ["alerts@erejestracja.example"]
  oidc = {
    issuer          = "https://login.example"
    audience        = "erejestracja"
    jwks_url        = "https://login.example/jwks"
    authorize_url   = "https://login.example/auth"
    token_url       = "https://login.example/token"
    end_session_url = "https://login.example/end"
  }
}

run "prod_is_encrypted_by_our_keys_in_our_region_and_cannot_be_deleted" {
  command = apply

  assert {
    condition     = google_spanner_database.suite.encryption_config[0].kms_key_name == google_kms_crypto_key.store["spanner"].id
    error_message = "Spanner is not under our key."
  }
  assert {
    condition     = google_firestore_database.suite.cmek_config[0].kms_key_name == google_kms_crypto_key.store["firestore"].id
    error_message = "Firestore is not under our key."
  }
  assert {
    condition = alltrue([
      for it in concat(values(google_bigquery_dataset.suite), [google_bigquery_dataset.marts]) :
      it.default_encryption_configuration[0].kms_key_name == google_kms_crypto_key.store["bigquery"].id
    ]) && google_bigquery_table.raw.encryption_configuration[0].kms_key_name == google_kms_crypto_key.store["bigquery"].id
    error_message = "Statistics are not under our key."
  }
  assert {
    condition     = alltrue([for it in google_storage_bucket.suite : it.encryption[0].default_kms_key_name == google_kms_crypto_key.store["storage"].id])
    error_message = "A bucket is not under our key."
  }
  assert {
    condition = alltrue([
      for it in concat(values(google_pubsub_topic.event), values(google_pubsub_topic.dead)) :
      it.kms_key_name == google_kms_crypto_key.store["pubsub"].id
    ])
    error_message = "A topic is not under our key."
  }
  assert {
    condition     = google_redis_instance.suite[0].customer_managed_key == google_kms_crypto_key.store["redis"].id
    error_message = "Redis is not under our key."
  }
  assert {
    condition = alltrue([
      for it in concat(values(google_secret_manager_secret.suite), [google_secret_manager_secret.redis]) :
      it.replication[0].user_managed[0].replicas[0].customer_managed_encryption[0].kms_key_name == google_kms_crypto_key.store["secrets"].id
    ])
    error_message = "A secret is not under our key."
  }
  assert {
    condition     = google_logging_project_bucket_config.suite.cmek_settings[0].kms_key_name == google_kms_crypto_key.store["logs"].id
    error_message = "Logs are not under our key."
  }
  assert {
    condition = alltrue([for it in module.function : it.key == google_kms_crypto_key.store["functions"].id]) && (
      google_artifact_registry_repository.functions.kms_key_name == google_kms_crypto_key.store["functions"].id
    )
    error_message = "Code is not under our key."
  }
  assert {
    condition     = alltrue([for it in google_kms_crypto_key.store : it.rotation_period == "7776000s"])
    error_message = "A key is not rotated."
  }
  assert {
    condition     = alltrue([for key, it in local.key_agents : google_kms_crypto_key_iam_member.agent[key].crypto_key_id == google_kms_crypto_key.store[it.key].id])
    error_message = "A service may not use the key that it was given."
  }

  assert {
    condition = toset(concat(
      [for it in module.function : it.location],
      [for it in google_storage_bucket.suite : it.location],
      [for it in google_cloud_scheduler_job.chore : it.region],
      [for it in google_bigquery_dataset.suite : it.location],
      [for it in google_secret_manager_secret.suite : it.replication[0].user_managed[0].replicas[0].location],
      [
        google_artifact_registry_repository.functions.location, google_bigquery_dataset.marts.location,
        google_compute_subnetwork.functions.region, google_firestore_database.suite.location_id,
        google_logging_project_bucket_config.suite.location, google_redis_instance.suite[0].region,
      ],
    )) == toset([var.region])
    error_message = "Something is in another region."
  }
  assert {
    condition = alltrue([
      for it in concat(values(google_pubsub_topic.event), values(google_pubsub_topic.dead)) :
      toset(it.message_storage_policy[0].allowed_persistence_regions) == toset([var.region]) && it.message_storage_policy[0].enforce_in_transit
    ])
    error_message = "Events may be stored in other regions."
  }
  assert {
    condition     = google_spanner_instance.suite.config == "regional-${var.region}"
    error_message = "Spanner is elsewhere than its functions."
  }

  assert {
    condition     = google_spanner_database.suite.deletion_protection && google_spanner_database.suite.enable_drop_protection
    error_message = "Spanner's database can be deleted."
  }
  assert {
    condition     = google_spanner_instance.suite.force_destroy == false && google_spanner_instance.suite.deletion_policy == "PREVENT"
    error_message = "Spanner's instance can be deleted, backups and all."
  }
  assert {
    condition     = length(google_spanner_backup_schedule.daily) == 1 && google_spanner_database.suite.version_retention_period == "7d"
    error_message = "There is nothing to go back to."
  }
  assert {
    condition     = google_firestore_database.suite.delete_protection_state == "DELETE_PROTECTION_ENABLED" && google_firestore_database.suite.deletion_policy == "PREVENT"
    error_message = "Firestore can be deleted."
  }
  assert {
    condition     = google_bigquery_table.raw.deletion_protection && alltrue([for it in google_bigquery_dataset.suite : !it.delete_contents_on_destroy && it.deletion_policy == "PREVENT"])
    error_message = "Statistics can be deleted."
  }
  assert {
    condition     = alltrue([for it in google_storage_bucket.suite : !it.force_destroy && it.versioning[0].enabled])
    error_message = "A bucket can be deleted with what it holds, or a file overwritten for good."
  }
  assert {
    condition     = alltrue([for it in google_secret_manager_secret.suite : it.deletion_protection])
    error_message = "A secret can be deleted: without the patient key nobody is found again."
  }
  assert {
    condition     = alltrue([for it in google_kms_crypto_key.store : it.deletion_policy == "PREVENT"])
    error_message = "A key can be deleted, and with it all that it encrypts."
  }
  assert {
    condition     = alltrue([for it in concat(values(google_pubsub_topic.event), values(google_pubsub_topic.dead)) : it.deletion_policy == "PREVENT"])
    error_message = "A topic can be deleted with what waits in it."
  }
  assert {
    condition = alltrue([
      for name, it in google_storage_bucket.suite :
      it.uniform_bucket_level_access && it.public_access_prevention == (name == "open-data" ? "inherited" : "enforced")
    ])
    error_message = "Files with people's data could be made public."
  }
  assert {
    condition     = google_redis_instance.suite[0].auth_enabled && google_redis_instance.suite[0].transit_encryption_mode == "SERVER_AUTHENTICATION"
    error_message = "Redis is open to whoever is in the network."
  }
  assert {
    condition     = alltrue([for it in module.function : alltrue([for name in keys(local.readers) : endswith(lookup(it.environment, name, "/1"), "/1")])])
    error_message = "A function reads whatever version of a secret is the latest."
  }
}
