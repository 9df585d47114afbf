# A call to each function that works by the clock.
resource "google_cloud_scheduler_job" "chore" {
  for_each = local.scheduled

  name             = local.service[each.key]
  description      = each.value.says
  region           = var.region
  schedule         = each.value.every.cron
  time_zone        = "Etc/UTC"
  attempt_deadline = "180s"
  paused           = !var.awake

  retry_config {
    retry_count = 0 # the next call comes within a minute
  }

  http_target {
    uri         = "${module.function[each.key].uri}/"
    http_method = "POST"

    oidc_token {
      service_account_email = google_service_account.caller["scheduler"].email
      audience              = module.function[each.key].uri
    }
  }

  depends_on = [google_project_service.suite]
}
