resource "google_artifact_registry_repository" "functions" {
  repository_id = "functions"
  description   = "Images of functions, built from bundles"
  location      = var.region
  format        = "DOCKER"
  kms_key_name  = google_kms_crypto_key.store["functions"].id

  cleanup_policies {
    id     = "keep-what-one-may-go-back-to"
    action = "KEEP"
    most_recent_versions { keep_count = 10 }
  }
  cleanup_policies {
    id     = "delete-what-is-old"
    action = "DELETE"
    condition {
      older_than = "7776000s"
      tag_state  = "ANY"
    }
  }

  depends_on = [google_project_service.suite, google_kms_crypto_key_iam_member.agent]
}

module "function" {
  source   = "./modules/function"
  for_each = local.functions

  name        = each.key
  description = each.value.says
  service     = local.service[each.key]
  region      = var.region
  project     = var.project
  account     = google_service_account.function[each.key].email

  bundle     = { bucket = "${var.project}-bundles", object = local.bundles[each.key].object }
  builder    = google_service_account.builder.id
  repository = google_artifact_registry_repository.functions.id
  key        = google_kms_crypto_key.store["functions"].id

  public      = try(each.value.public, false)
  threads     = each.value.threads
  memory      = each.value.memory
  scale       = merge(local.scale[each.key], var.awake ? {} : { min = 0 })
  environment = local.settings[each.key]
  secrets     = local.secrets[each.key]
  caller      = local.callers[each.key]

  network = {
    subnetwork  = google_compute_subnetwork.functions.id
    all_traffic = local.fixed_egress && contains(keys(local.gateway_settings), each.key)
  }

  # A revision does not start before it may read its secrets and the builder its sources.
  depends_on = [
    google_project_iam_member.builder_logs, google_project_iam_member.builder_sources,
    google_artifact_registry_repository_iam_member.builder,
    google_secret_manager_secret_iam_member.reader,
  ]
}

locals {
  # Where no map was given (a check without bundles), each function names a bundle that is nowhere.
  bundles = merge({ for name in keys(local.functions) : name => { object = "${name}-none.zip" } }, var.bundles)

  # A chore runs by itself; where two of them ran at once, one would only wait for the other.
  scale = {
    for name, it in local.functions :
    name => lookup(var.scale, name, { min = 0, max = it.trigger == "schedule" ? 1 : 10 })
  }

  # Who may call: everybody at the front door's functions, as it has no account of its own.
  callers = {
    for name, it in local.functions : name => (
      it.trigger == "http" ? "allUsers" :
      it.trigger == "events" ? google_service_account.caller["push"].member :
      google_service_account.caller["scheduler"].member
    )
  }
}
