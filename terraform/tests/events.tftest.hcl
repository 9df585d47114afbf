# What happens to an event: delivered to all who take it, or kept where somebody looks.

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

run "every_event_is_delivered_or_kept_and_told_of" {
  command = apply

  assert {
    condition     = toset(keys(google_pubsub_topic.event)) == toset(keys(local.suite.topics))
    error_message = "A topic of suite.yaml is missing."
  }
  assert {
    condition = toset(keys(google_pubsub_subscription.push)) == toset(flatten([
      for name, it in local.suite.functions : [for topic in try(it.topics, []) : "${topic}-${name}"]
    ]))
    error_message = "A function does not get an event that suite.yaml gives it."
  }
  assert {
    condition = alltrue([
      for it in google_pubsub_subscription.push : length(it.dead_letter_policy) == 1 && contains(
        [for dead in google_pubsub_subscription.dead : dead.topic], it.dead_letter_policy[0].dead_letter_topic
      )
    ])
    error_message = "What a subscription gives up on is lost: its dead letters have no subscription."
  }
  assert {
    condition = alltrue([
      for key, it in google_pubsub_subscription.push :
      it.dead_letter_policy[0].dead_letter_topic == google_pubsub_topic.dead[local.subscriptions[key].topic].id
    ])
    error_message = "Dead letters of one topic lie with those of another."
  }
  assert {
    condition = alltrue(concat(
      [for it in google_pubsub_subscription.push : it.expiration_policy[0].ttl == ""],
      [for it in google_pubsub_subscription.dead : it.expiration_policy[0].ttl == ""],
    ))
    error_message = "A subscription that is quiet for a month would go, and with it what comes then."
  }
  assert {
    condition     = alltrue([for it in google_pubsub_subscription.dead : it.message_retention_duration == "2678400s"])
    error_message = "Dead letters are thrown away before somebody may have looked."
  }
  assert {
    condition = alltrue([
      for topic in keys(local.topics) :
      google_pubsub_topic_iam_member.dead_letters[topic].topic == google_pubsub_topic.dead[topic].id &&
      google_pubsub_topic_iam_member.dead_letters[topic].role == "roles/pubsub.publisher"
    ])
    error_message = "Pub/Sub may not put dead letters where they belong."
  }
  assert {
    condition = alltrue([
      for key in keys(local.subscriptions) : google_pubsub_subscription_iam_member.dead_letters[key].role == "roles/pubsub.subscriber"
    ])
    error_message = "Pub/Sub may not take what it moved off the subscription."
  }
  assert {
    condition = alltrue([
      for topic in keys(local.topics) : can(regex(
        "full_match\\(\"[^\"]*\\b${topic}-dead\\b", google_monitoring_alert_policy.threshold["dead-letters"].conditions[0].condition_threshold[0].filter
      ))
    ])
    error_message = "Nobody is told of dead letters."
  }
  assert {
    condition = (
      google_monitoring_alert_policy.threshold["dead-letters"].conditions[0].condition_threshold[0].threshold_value == 0 &&
      length(google_monitoring_alert_policy.threshold["dead-letters"].notification_channels) == length(var.alert_addresses)
    )
    error_message = "One dead letter is one too many, and somebody has to hear of it."
  }
  assert {
    condition = alltrue([
      for key, it in google_pubsub_subscription.push :
      it.push_config[0].push_endpoint == "${module.function[local.subscriptions[key].function].uri}/"
    ])
    error_message = "An event is pushed elsewhere, or under a path that no function answers at."
  }
  assert {
    condition = (
      toset([for it in google_storage_notification.bucket : it.object_name_prefix]) == toset(local.suite.buckets.imports.below) &&
      alltrue([for it in google_storage_notification.bucket : it.topic == google_pubsub_topic.event["files"].id]) &&
      alltrue([for it in google_storage_notification.bucket : it.payload_format == "NONE"])
    )
    error_message = "Whoever takes in files is not told of them, or of its own reports as well."
  }
  assert {
    condition     = alltrue([for key, it in local.publishers : it.topic != "files"])
    error_message = "Only Cloud Storage tells of files."
  }
  assert {
    condition = alltrue([
      for key, it in google_pubsub_subscription.push :
      length(it.push_config[0].oidc_token) == 1 &&
      it.push_config[0].oidc_token[0].service_account_email == google_service_account.caller["push"].email &&
      it.push_config[0].oidc_token[0].audience == module.function[local.subscriptions[key].function].uri
    ])
    error_message = "Events are pushed by nobody in particular, or with a token for somebody else."
  }
  assert {
    condition = alltrue([
      for name, it in local.functions : module.function[name].caller == (
        it.trigger == "http" ? "allUsers" : google_service_account.caller[it.trigger == "events" ? "push" : "scheduler"].member
      )
    ])
    error_message = "A function may be called by somebody who has no business with it."
  }
  assert {
    condition = alltrue([
      for it in google_pubsub_subscription.push :
      it.ack_deadline_seconds == local.push.ack_deadline_s && it.dead_letter_policy[0].max_delivery_attempts == local.push.max_delivery_attempts
    ])
    error_message = "Delivery is not as suite.yaml has it."
  }
  assert {
    condition     = { for name, it in google_cloud_scheduler_job.chore : name => it.schedule } == { for name, it in local.scheduled : name => it.every.cron }
    error_message = "A chore is not called as often as suite.yaml says."
  }
  assert {
    condition = alltrue([
      for name, it in google_cloud_scheduler_job.chore :
      it.http_target[0].http_method == "POST" && it.paused == false &&
      it.http_target[0].oidc_token[0].service_account_email == google_service_account.caller["scheduler"].email
    ])
    error_message = "A chore is called by nobody in particular, or not at all."
  }
  assert {
    condition     = toset(keys(google_monitoring_alert_policy.stands_still)) == toset(keys(local.scheduled))
    error_message = "Nobody is told when a chore does not run."
  }
}
