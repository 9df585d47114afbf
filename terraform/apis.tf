locals {
  apis = toset([
    "artifactregistry", "bigquery", "billingbudgets", "cloudbuild", "cloudfunctions",
    "cloudkms", "cloudresourcemanager", "cloudscheduler", "compute", "eventarc", "firestore", "iam",
    "iamcredentials", "logging", "monitoring", "pubsub",
    "recaptchaenterprise", "redis", "run", "secretmanager", "servicenetworking",
    "serviceusage", "spanner", "storage",
  ])
}

resource "google_project_service" "suite" {
  for_each = local.apis

  service = "${each.key}.googleapis.com"
  # Turning an API off would take what it holds with it.
  disable_on_destroy = false
}
