# Asleep, shut, small: what the tfvars can turn; and what they are not let.

mock_provider "google" {}

variables {
  environment     = "dev"
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
  protected  = false
  awake      = false
  repository = "projects/erejestracja-test/locations/europe-central2/connections/code/repositories/erejestracja"
}

run "asleep_nothing_costs_that_need_not" {
  command = plan

  assert {
    condition = length(concat(
      google_redis_instance.suite[*], google_compute_url_map.front_door[*], google_compute_global_forwarding_rule.https[*],
      google_compute_global_forwarding_rule.http[*], google_compute_global_address.front_door[*], google_compute_security_policy.front_door[*],
      google_compute_router_nat.egress[*], google_compute_managed_ssl_certificate.front_door[*],
    )) == 0
    error_message = "Something that costs by the hour stays awake."
  }
  assert {
    condition     = alltrue([for it in google_cloud_scheduler_job.chore : it.paused]) && length(google_monitoring_alert_policy.stands_still) == 0
    error_message = "Chores go on, or their rest is told of as a failure."
  }
  assert {
    condition     = alltrue([for it in module.function : it.scale.min == 0])
    error_message = "An instance waits for nobody."
  }
  assert {
    condition     = length(google_spanner_instance.suite.name) > 0 && google_spanner_instance.suite.processing_units == 100 && length(google_storage_bucket.suite) == 2
    error_message = "What holds data went, or is larger than it need be."
  }
  assert {
    condition     = output.public_url == "" && !contains(keys(module.function["search"].environment), "REDIS_URL")
    error_message = "Somebody is sent to what is not there."
  }
  assert {
    condition = { for name, it in google_cloudbuild_trigger.suite : name => [local.triggers[name].account, it.approval_config[0].approval_required, it.substitutions["_ACTION"]] } == {
      check = ["check", false, "check"], plan = ["build", false, "plan"], apply = ["deploy", true, "apply"]
    }
    error_message = "A build starts that nobody approved, or as somebody else."
  }
  assert {
    condition     = google_cloudbuild_trigger.suite["check"].repository_event_config[0].pull_request[0].comment_control == "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
    error_message = "What strangers propose runs before anybody has looked at it."
  }
}

run "shut_the_front_door_says_so" {
  command = plan

  variables {
    awake       = true
    maintenance = true
  }

  assert {
    condition = (
      google_compute_url_map.front_door[0].path_matcher[0].default_route_action[0].fault_injection_policy[0].abort[0].http_status == 503 &&
      google_compute_url_map.front_door[0].path_matcher[0].default_route_action[0].fault_injection_policy[0].abort[0].percentage == 100 &&
      length(google_compute_url_map.front_door[0].path_matcher[0].route_rules) == 0 && output.maintenance
    )
    error_message = "Somebody gets in during maintenance."
  }
}

run "only_dev_may_sleep_or_lose_its_data" {
  command = plan
  variables {
    environment = "prod"
  }
  expect_failures = [var.protected, var.awake]
}

run "nothing_leaves_the_european_union" {
  command = plan
  variables {
    region             = "europe-west2"
    bigquery_location  = "US"
    firestore_location = "nam5"
    spanner            = { config = "eur5" }
  }
  expect_failures = [var.region, var.bigquery_location, var.firestore_location, var.spanner]
}

run "what_would_not_work_or_not_be_deployed_is_refused" {
  command = plan
  variables {
    spanner         = { autoscaling = { min_nodes = 1, max_nodes = 2 } }
    secret_versions = { HOLD_KEY = "latest" }
    bundles         = { search = { object = "search.zip", sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" } }
    oidc            = merge(var.oidc, { issuer = "http://login.example" })
  }
  expect_failures = [var.spanner, var.secret_versions, var.bundles, var.oidc]
}
