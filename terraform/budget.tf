resource "google_billing_budget" "month" {
  count = var.billing == null ? 0 : 1

  billing_account = var.billing.account
  display_name    = "e-Rejestracja ${var.environment}"

  budget_filter {
    projects        = ["projects/${data.google_project.this.number}"]
    calendar_period = "MONTH"
  }
  amount {
    specified_amount {
      currency_code = var.billing.currency
      units         = tostring(var.billing.month)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1.0]
    content {
      threshold_percent = threshold_rules.value
    }
  }
  # What the month will have cost at this pace.
  threshold_rules {
    threshold_percent = 1.2
    spend_basis       = "FORECASTED_SPEND"
  }

  all_updates_rule {
    # There is room for five.
    monitoring_notification_channels = slice(
      [for channel in google_monitoring_notification_channel.mail : channel.id], 0, min(5, length(var.alert_addresses))
    )
  }

  depends_on = [google_project_service.suite]
}
