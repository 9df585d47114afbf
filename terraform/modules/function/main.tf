# One function: its code, its account, its settings, and who may call it.

resource "google_cloudfunctions2_function" "this" {
  name         = var.name
  description  = var.description
  location     = var.region
  kms_key_name = var.key

  build_config {
    runtime           = "python311"
    entry_point       = var.name
    service_account   = var.builder
    docker_repository = var.repository

    source {
      storage_source {
        bucket = var.bundle.bucket
        object = var.bundle.object
      }
    }
    # The base image is patched by the platform, without a deployment of ours.
    automatic_update_policy {}
  }

  service_config {
    service_account_email = var.account
    ingress_settings      = var.public ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_INTERNAL_ONLY"

    available_memory = var.memory
    # Below one processor an instance serves one request at a time, whatever is asked for.
    available_cpu                    = "1"
    max_instance_request_concurrency = var.threads
    min_instance_count               = var.scale.min
    max_instance_count               = var.scale.max
    timeout_seconds                  = var.timeout_s

    environment_variables = merge(var.environment, {
      THREADS          = tostring(var.threads)
      LOG_EXECUTION_ID = "true"
    })

    dynamic "secret_environment_variables" {
      for_each = var.secrets
      content {
        project_id = var.project
        key        = secret_environment_variables.key
        secret     = secret_environment_variables.value.secret
        version    = secret_environment_variables.value.version
      }
    }

    direct_vpc_network_interface {
      subnetwork = var.network.subnetwork
    }
    direct_vpc_egress = var.network.all_traffic ? "VPC_EGRESS_ALL_TRAFFIC" : "VPC_EGRESS_PRIVATE_RANGES_ONLY"
  }
}

resource "google_cloud_run_service_iam_member" "caller" {
  project  = var.project
  location = var.region
  service  = var.service
  role     = "roles/run.invoker"
  member   = var.caller

  lifecycle {
    # A service that was made anew has lost its policy.
    replace_triggered_by = [google_cloudfunctions2_function.this.id]
  }
}
