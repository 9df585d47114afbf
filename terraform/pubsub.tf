# Events: a topic each, delivered by push to every function that takes it. What cannot be
# delivered lands in the topic's dead letters, which are kept, counted and told of (alerts.tf).

resource "google_pubsub_topic" "event" {
  for_each = local.topics

  name         = each.key
  kms_key_name = google_kms_crypto_key.store["pubsub"].id
  # A subscription may be set back by as much, should a function have lost something.
  message_retention_duration = "604800s"
  deletion_policy            = var.protected ? "PREVENT" : "DELETE"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
    enforce_in_transit          = true
  }

  depends_on = [google_project_service.suite, google_kms_crypto_key_iam_member.agent]
}

resource "google_pubsub_topic" "dead" {
  for_each = local.topics

  name            = "${each.key}-dead"
  kms_key_name    = google_kms_crypto_key.store["pubsub"].id
  deletion_policy = var.protected ? "PREVENT" : "DELETE"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
    enforce_in_transit          = true
  }

  depends_on = [google_project_service.suite, google_kms_crypto_key_iam_member.agent]
}

resource "google_pubsub_subscription" "dead" {
  for_each = local.topics

  name                       = "${each.key}-dead"
  topic                      = google_pubsub_topic.dead[each.key].id
  ack_deadline_seconds       = 60
  message_retention_duration = "2678400s" # 31 days, the most there is
  deletion_policy            = var.protected ? "PREVENT" : "DELETE"

  expiration_policy {
    ttl = "" # never, however long nothing dies
  }
}

resource "google_pubsub_subscription" "push" {
  for_each = local.subscriptions

  name                       = each.key
  topic                      = google_pubsub_topic.event[each.value.topic].id
  ack_deadline_seconds       = local.push.ack_deadline_s
  message_retention_duration = "604800s"
  deletion_policy            = var.protected ? "PREVENT" : "DELETE"

  push_config {
    push_endpoint = "${module.function[each.value.function].uri}/"

    oidc_token {
      service_account_email = google_service_account.caller["push"].email
      audience              = module.function[each.value.function].uri
    }
  }

  retry_policy {
    minimum_backoff = "${local.push.min_backoff_s}s"
    maximum_backoff = "${local.push.max_backoff_s}s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead[each.value.topic].id
    max_delivery_attempts = local.push.max_delivery_attempts
  }

  expiration_policy {
    ttl = ""
  }

  # What dies before somebody listens to the dead is lost.
  depends_on = [google_pubsub_subscription.dead, google_pubsub_topic_iam_member.dead_letters]
}

# Pub/Sub itself moves dead letters, and takes what it moved off the subscription.
resource "google_pubsub_topic_iam_member" "dead_letters" {
  for_each = local.topics

  topic  = google_pubsub_topic.dead[each.key].id
  role   = "roles/pubsub.publisher"
  member = "serviceAccount:${local.keys.pubsub.agents.pubsub}"
}

resource "google_pubsub_subscription_iam_member" "dead_letters" {
  for_each = local.subscriptions

  subscription = google_pubsub_subscription.push[each.key].id
  role         = "roles/pubsub.subscriber"
  member       = "serviceAccount:${local.keys.pubsub.agents.pubsub}"
}

# It signs the tokens that it shows to functions with an account of ours.
resource "google_service_account_iam_member" "push_tokens" {
  service_account_id = google_service_account.caller["push"].id
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = "serviceAccount:${local.keys.pubsub.agents.pubsub}"
}

locals {
  publishers = {
    for pair in setproduct(local.using["pubsub.publish"], setsubtract(keys(local.topics), local.told_by_buckets)) :
    "${pair[0]}/${pair[1]}" => { function = pair[0], topic = pair[1] }
  }
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = local.publishers

  topic  = google_pubsub_topic.event[each.value.topic].id
  role   = "roles/pubsub.publisher"
  member = google_service_account.function[each.value.function].member
}
