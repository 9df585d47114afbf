# Who deploys: three accounts and three triggers, as docs/deploy/README.md has them.

locals {
  build_accounts = {
    check  = "Runs what a pull request proposes; may write logs"
    build  = "Checks, bundles and plans; reads everything but data and secrets"
    deploy = "Applies a plan that was approved"
  }

  # What a plan has to look at. Cost and budget are of the billing account: bootstrap.md.
  reading_roles = [
    "roles/artifactregistry.reader", "roles/bigquery.metadataViewer", "roles/cloudbuild.builds.viewer",
    "roles/cloudfunctions.viewer", "roles/cloudkms.viewer", "roles/cloudscheduler.viewer",
    "roles/compute.viewer", "roles/iam.securityReviewer", "roles/logging.viewer",
    "roles/monitoring.viewer", "roles/pubsub.viewer", "roles/recaptchaenterprise.viewer",
    "roles/redis.viewer", "roles/run.viewer", "roles/secretmanager.viewer",
    "roles/serviceusage.serviceUsageViewer", "roles/spanner.viewer",
  ]
  # What applying it makes and changes. Data, secrets' values and primitive roles are not among it.
  making_roles = [
    "roles/artifactregistry.admin", "roles/bigquery.admin", "roles/cloudbuild.builds.editor",
    "roles/cloudfunctions.admin", "roles/cloudkms.admin", "roles/cloudscheduler.admin",
    "roles/compute.loadBalancerAdmin", "roles/compute.networkAdmin", "roles/compute.securityAdmin",
    "roles/iam.serviceAccountAdmin", "roles/identityplatform.admin", "roles/logging.configWriter",
    "roles/monitoring.editor", "roles/pubsub.admin", "roles/recaptchaenterprise.admin",
    "roles/redis.admin", "roles/run.admin", "roles/servicenetworking.networksAdmin",
    "roles/serviceusage.serviceUsageAdmin", "roles/spanner.admin",
  ]
  # The roles on the whole project that an applied plan may give to anybody.
  giving_roles = [
    "roles/bigquery.jobUser", "roles/datastore.user", "roles/datastore.viewer",
    "roles/logging.logWriter", "roles/storage.objectViewer",
  ]

  project_rights = merge(
    { for name in keys(local.build_accounts) : "${name}/roles/logging.logWriter" => { account = name, role = "roles/logging.logWriter" } },
    { for role in local.reading_roles : "build/${role}" => { account = "build", role = role } },
    { for role in local.making_roles : "deploy/${role}" => { account = "deploy", role = role } },
  )
  bucket_rights = {
    "build/bundles/objectCreator" = { account = "build", bucket = "bundles", role = "roles/storage.objectCreator" }
    "build/bundles/objectViewer"  = { account = "build", bucket = "bundles", role = "roles/storage.objectViewer" }
    "build/plans/objectCreator"   = { account = "build", bucket = "plans", role = "roles/storage.objectCreator" }
    "build/plans/objectViewer"    = { account = "build", bucket = "plans", role = "roles/storage.objectViewer" }
    "build/state/objectViewer"    = { account = "build", bucket = "state", role = "roles/storage.objectViewer" }
    "deploy/bundles/objectUser"   = { account = "deploy", bucket = "bundles", role = "roles/storage.objectUser" }
    "deploy/plans/objectViewer"   = { account = "deploy", bucket = "plans", role = "roles/storage.objectViewer" }
    "deploy/state/objectUser"     = { account = "deploy", bucket = "state", role = "roles/storage.objectUser" }
  }
}

resource "google_service_account" "build" {
  for_each = local.build_accounts

  account_id   = each.key
  display_name = each.value
  depends_on   = [google_project_service.suite]
}

resource "google_project_iam_member" "build" {
  for_each = local.project_rights

  project = var.project
  role    = each.value.role
  member  = google_service_account.build[each.value.account].member
}

# Roles that Google has for these hold data or secrets' values as well.
resource "google_project_iam_custom_role" "planner" {
  role_id     = "suitePlanner"
  title       = "Sees what a plan compares"
  description = "What Google's viewer roles lack, or have only together with data"
  permissions = [
    "datastore.databases.getMetadata", "firebaseauth.configs.get", "redis.instances.getAuthString",
    "resourcemanager.projects.get", "storage.buckets.get", "storage.buckets.getIamPolicy",
    "storage.buckets.list",
  ]
}

resource "google_project_iam_custom_role" "deployer" {
  role_id     = "suiteDeployer"
  title       = "Makes databases, buckets and secrets"
  description = "What Google's admin roles have only together with data and values"
  permissions = [
    "datastore.databases.create", "datastore.databases.delete", "datastore.databases.getMetadata",
    "datastore.databases.update", "datastore.operations.get", "iam.roles.get",
    "resourcemanager.projects.get",
    "secretmanager.secrets.create", "secretmanager.secrets.delete", "secretmanager.secrets.get",
    "secretmanager.secrets.getIamPolicy", "secretmanager.secrets.list",
    "secretmanager.secrets.setIamPolicy", "secretmanager.secrets.update",
    "secretmanager.versions.add", "secretmanager.versions.destroy", "secretmanager.versions.get",
    "secretmanager.versions.list", "storage.buckets.create", "storage.buckets.delete",
    "storage.buckets.get", "storage.buckets.getIamPolicy", "storage.buckets.list",
    "storage.buckets.setIamPolicy", "storage.buckets.update",
  ]
}

resource "google_project_iam_member" "planner" {
  project = var.project
  role    = google_project_iam_custom_role.planner.name
  member  = google_service_account.build["build"].member
}

resource "google_project_iam_member" "deployer" {
  project = var.project
  role    = google_project_iam_custom_role.deployer.name
  member  = google_service_account.build["deploy"].member
}

# It gives functions their rights and can give nobody more, least of all itself. Other roles on the
# project are given by an owner, who applies that plan in person.
resource "google_project_iam_member" "deploy_gives" {
  project = var.project
  role    = "roles/resourcemanager.projectIamAdmin"
  member  = google_service_account.build["deploy"].member

  condition {
    title = "only-what-functions-need"
    expression = format(
      "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([%s])",
      join(", ", formatlist("'%s'", local.giving_roles)),
    )
  }
}

# Whoever makes a function, a job or a trigger has to be allowed to act as its account.
resource "google_service_account_iam_member" "deploy_acts_as" {
  for_each = merge(
    { for name, it in google_service_account.function : "function/${name}" => it.id },
    { for name, it in google_service_account.caller : "caller/${name}" => it.id },
    { for name, it in google_service_account.build : "build/${name}" => it.id },
    { builder = google_service_account.builder.id },
  )

  service_account_id = each.value
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.build["deploy"].member
}

# These buckets are older than the state; bootstrap.md makes them.
resource "google_storage_bucket_iam_member" "build" {
  for_each = local.bucket_rights

  bucket = "${var.project}-${each.value.bucket}"
  role   = each.value.role
  member = google_service_account.build[each.value.account].member
}
