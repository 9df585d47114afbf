# When to wake whom. Each says in its text what it means and what to look at.

resource "google_monitoring_notification_channel" "mail" {
  for_each = toset(var.alert_addresses)

  display_name = each.key
  type         = "email"
  labels       = { email_address = each.key }
  force_delete = !var.protected

  depends_on = [google_project_service.suite]
}

locals {
  run      = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com"
  pubsub   = "resource.type=\"pubsub_subscription\" AND metric.type=\"pubsub.googleapis.com/subscription"
  dead_ids = join("|", [for topic in keys(local.topics) : "${topic}-dead"])

  # metric over `above` for `seconds`, aligned over a minute
  thresholds = merge({
    dead-letters = {
      title   = "Events could not be delivered"
      says    = "Messages wait in the dead letters of the topic named. Look at the function that takes them, mend it, then publish them again (terraform/README.md)."
      filter  = "${local.pubsub}/num_undelivered_messages\" AND resource.labels.subscription_id=monitoring.regex.full_match(\"${local.dead_ids}\")"
      align   = "ALIGN_MAX", reduce = "REDUCE_MAX", by = ["resource.labels.subscription_id"]
      seconds = 0, above = 0, severity = "CRITICAL"
    }
    late-events = {
      title   = "Events wait too long"
      says    = "The oldest event of the subscription named waits for minutes: search is behind, or statistics, or text messages. Look at the function's errors and instances."
      filter  = "${local.pubsub}/oldest_unacked_message_age\" AND NOT resource.labels.subscription_id=monitoring.regex.full_match(\"${local.dead_ids}\")"
      align   = "ALIGN_MAX", reduce = "REDUCE_MAX", by = ["resource.labels.subscription_id"]
      seconds = 300, above = 300, severity = "WARNING"
    }
    failing = {
      title   = "A function answers 5xx"
      says    = "More than one answer in a second of the service named is a 5xx. Its log says why; a release is taken back as docs/deploy/release.md says."
      filter  = "${local.run}/request_count\" AND metric.labels.response_code_class=\"5xx\""
      align   = "ALIGN_RATE", reduce = "REDUCE_SUM", by = ["resource.labels.service_name"]
      seconds = 120, above = 1, severity = "CRITICAL"
    }
    slow = {
      title   = "People wait for answers"
      says    = "One answer in a hundred of the service named takes more than two seconds. Look at Spanner's load, then at instances at their most."
      filter  = "${local.run}/request_latencies\" AND resource.labels.service_name=monitoring.regex.full_match(\"${join("|", [for name in keys(local.public) : local.service[name]])}\")"
      align   = "ALIGN_PERCENTILE_99", reduce = "REDUCE_MAX", by = ["resource.labels.service_name"]
      seconds = 300, above = 2000, severity = "WARNING"
    }
    errors = {
      title   = "A function reports errors"
      says    = "More than ten entries in a minute at ERROR: the function's name is in the alert, the reason in its log."
      filter  = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.errors.name}\""
      align   = "ALIGN_DELTA", reduce = "REDUCE_SUM", by = ["metric.labels.function"]
      seconds = 120, above = 10, severity = "WARNING"
    }
    breaches = {
      title   = "An invariant is broken"
      says    = "Upkeep found that what must always hold does not: a place sold twice, a hold without a session. Freeze the programme first, then look at upkeep's log."
      filter  = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.breaches.name}\""
      align   = "ALIGN_DELTA", reduce = "REDUCE_SUM", by = []
      seconds = 0, above = 0, severity = "CRITICAL"
    }
    spanner-busy = {
      title   = "Spanner is near its limit"
      says    = "Above 65 % there is no room for the loss of a zone. The autoscaler should have helped: raise its limit in the tfvars, or the units."
      filter  = "resource.type=\"spanner_instance\" AND metric.type=\"spanner.googleapis.com/instance/cpu/utilization_by_priority\" AND metric.labels.priority=\"high\""
      align   = "ALIGN_MEAN", reduce = "REDUCE_SUM", by = ["resource.labels.instance_id"]
      seconds = 600, above = 0.65, severity = "WARNING"
    }
    }, var.awake ? {
    redis-full = {
      title   = "Redis is nearly full"
      says    = "What has an expiry is thrown out next, limits first. Raise redis.memory_gb in the tfvars."
      filter  = "resource.type=\"redis_instance\" AND metric.type=\"redis.googleapis.com/stats/memory/usage_ratio\""
      align   = "ALIGN_MEAN", reduce = "REDUCE_MAX", by = ["resource.labels.instance_id"]
      seconds = 300, above = 0.8, severity = "WARNING"
    }
  } : {})

  # What has to happen again and again; that it does not is the only sign of some failures.
  progress = var.awake ? { for name in keys(local.scheduled) : name => local.service[name] } : {}
}

resource "google_monitoring_alert_policy" "threshold" {
  for_each = local.thresholds

  display_name          = each.value.title
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = [for channel in google_monitoring_notification_channel.mail : channel.id]

  conditions {
    display_name = each.value.title
    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.above
      duration        = "${each.value.seconds}s"
      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = each.value.align
        cross_series_reducer = each.value.reduce
        group_by_fields      = each.value.by
      }
    }
  }
  alert_strategy {
    auto_close = "86400s"
  }
  documentation {
    content = each.value.says
  }
}

resource "google_monitoring_alert_policy" "stands_still" {
  for_each = local.progress

  display_name          = "${each.key} does not run"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = [for channel in google_monitoring_notification_channel.mail : channel.id]

  conditions {
    display_name = "No good answer for ten minutes"
    condition_absent {
      filter   = "${local.run}/request_count\" AND resource.labels.service_name=\"${each.value}\" AND metric.labels.response_code_class=\"2xx\""
      duration = "600s"
      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }
  documentation {
    content = "${local.functions[each.key].says}: not for ten minutes now. Look at the job in Cloud Scheduler, then at the function's log."
  }
}

# Nobody but the deploying account changes who may what; an owner who does it in need is told of.
resource "google_monitoring_alert_policy" "rights" {
  display_name          = "Somebody changed who may what"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = [for channel in google_monitoring_notification_channel.mail : channel.id]

  conditions {
    display_name = "A policy was set, or an owner acted, by hand"
    condition_matched_log {
      filter = join(" AND ", [
        "log_id(\"cloudaudit.googleapis.com/activity\")",
        "protoPayload.methodName=~\"SetIamPolicy|CreateServiceAccountKey\"",
        "protoPayload.authenticationInfo.principalEmail!=\"${google_service_account.build["deploy"].email}\"",
      ])
    }
  }
  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s"
    }
  }
  documentation {
    content = "Ask whoever it was. If nobody did it: take the account's rights away, then read the audit log."
  }
}
