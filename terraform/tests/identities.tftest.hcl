# Who every part is, and how little it may.

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
  readers    = "readers@erejestracja.example"
  repository = "projects/erejestracja-test/locations/europe-central2/connections/code/repositories/erejestracja"
}

run "everybody_is_one_of_their_own_and_may_little" {
  # Addresses of accounts are known once they are made. One run, as each costs seconds.
  command = apply

  assert {
    condition     = length(module.function) == length(local.functions)
    error_message = "A function of suite.yaml is not deployed."
  }
  assert {
    condition     = length(distinct([for it in module.function : it.account])) == length(module.function)
    error_message = "Two functions share an account."
  }
  assert {
    condition = alltrue([
      for name, it in module.function : it.account == google_service_account.function[name].email
    ])
    error_message = "A function runs as somebody else."
  }
  assert {
    condition = length(setintersection(
      [for it in module.function : it.account],
      concat(
        [for it in google_service_account.caller : it.email],
        [for it in google_service_account.build : it.email],
        [google_service_account.builder.email],
      ),
    )) == 0
    error_message = "A function runs as one who calls, builds or deploys."
  }

  assert {
    condition = length(setintersection(
      ["roles/owner", "roles/editor", "roles/viewer"],
      concat(
        [for it in google_project_iam_member.build : it.role],
        [for it in google_project_iam_member.firestore : it.role],
        [for it in google_project_iam_member.readers_ask : it.role],
        [google_project_iam_member.builder_logs.role, google_project_iam_member.builder_sources.role],
        [google_project_iam_member.deploy_gives.role],
      ),
    )) == 0
    error_message = "Owner, editor and viewer are for people in need."
  }

  assert {
    condition = alltrue([
      for it in google_project_iam_member.firestore :
      length(it.condition) == 1 && endswith(it.condition[0].expression, "databases/(default)\"")
    ])
    error_message = "A right to Firestore is not bound to the one database."
  }
  assert {
    condition = alltrue([
      for key, it in google_project_iam_member.firestore :
      it.role == (endswith(key, ".write") ? "roles/datastore.user" : "roles/datastore.viewer")
    ])
    error_message = "Whoever reads rules may write them."
  }
  assert {
    condition     = google_project_iam_member.builder_logs.role == "roles/logging.logWriter"
    error_message = "The builder writes logs, nothing else in the project."
  }
  assert {
    condition = (
      google_project_iam_member.builder_sources.role == "roles/storage.objectViewer" &&
      length(google_project_iam_member.builder_sources.condition) == 1
    )
    error_message = "The builder reads sources of functions, and no other bucket."
  }

  assert {
    condition = alltrue([
      for key, it in google_spanner_database_iam_member.function :
      it.role == (endswith(key, "/spanner.write") ? google_project_iam_custom_role.writer.name : "roles/spanner.databaseReader")
    ])
    error_message = "A function that reads Spanner may write it."
  }
  assert {
    condition     = !anytrue([for it in google_project_iam_custom_role.writer.permissions : strcontains(lower(it), "updateddl") || strcontains(it, "drop")])
    error_message = "A function may change the schema."
  }
  assert {
    condition     = toset([for it in google_bigquery_table_iam_member.archivist : it.table_id]) == toset(["events_raw"])
    error_message = "Whoever archives events writes one table."
  }
  assert {
    condition = alltrue([
      for it in google_pubsub_topic_iam_member.publisher : it.role == "roles/pubsub.publisher" && !endswith(it.topic, "-dead")
    ])
    error_message = "Functions publish events, never dead letters."
  }
  assert {
    condition = alltrue([
      for key, it in google_secret_manager_secret_iam_member.reader :
      it.role == "roles/secretmanager.secretAccessor" && contains(
        keys(local.secrets[split("/", key)[0]]), split("/", key)[1]
      )
    ])
    error_message = "Somebody may read a secret that is not given to them."
  }
  assert {
    condition     = toset(local.readers.PATIENT_KEY) == toset(["booking", "hotline_web", "identity", "imports", "patient_web", "point_web", "schedule", "sms_inbound", "vaccination"]) && toset(local.readers.REPORTING_KEY) == toset(["reporting"])
    error_message = "With both keys one could tell whose statistics they are."
  }
  assert {
    condition     = alltrue([for it in google_bigquery_dataset_iam_member.readers : it.dataset_id == "marts"])
    error_message = "Readers of reports see single events."
  }

  assert {
    condition = (
      length(google_project_iam_member.deploy_gives.condition) == 1 &&
      strcontains(google_project_iam_member.deploy_gives.condition[0].expression, "modifiedGrantsByRole") &&
      length(setintersection(local.giving_roles, local.making_roles)) == 0 &&
      length(local.giving_roles) <= 10
    )
    error_message = "The deploying account could make itself owner."
  }
  assert {
    condition     = toset([for key, it in local.project_rights : it.role if it.account == "check"]) == toset(["roles/logging.logWriter"])
    error_message = "What strangers propose runs with more than the right to log."
  }
  assert {
    condition = (
      toset(keys(google_storage_bucket_iam_member.user)) == toset(["imports/imports"]) &&
      google_storage_bucket_iam_member.user["imports/imports"].member == google_service_account.function["imports"].member
    )
    error_message = "Somebody else reads files of people, or nobody does."
  }
  assert {
    condition     = alltrue([for it in local.bucket_rights : it.role != "roles/storage.objectUser" if it.account == "build"])
    error_message = "Whoever plans could overwrite bundles, plans or the state."
  }
  assert {
    condition = alltrue([
      for it in concat(local.making_roles, local.reading_roles) : !contains(["roles/secretmanager.admin", "roles/storage.admin", "roles/datastore.owner"], it)
    ])
    error_message = "These roles read people's data and secrets' values."
  }
  assert {
    condition = { for name, it in google_cloudbuild_trigger.suite : name => it.service_account } == {
      plan = google_service_account.build["build"].id, apply = google_service_account.build["deploy"].id
    }
    error_message = "A build runs as somebody else than docs/deploy says."
  }
}
