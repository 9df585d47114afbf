# The truth. Tables are made by migrations (functions/migrate.py), never by terraform: it would
# replace a database whose statements differ from what it remembers.

locals {
  spanner_name = "erejestracja"
}

resource "google_spanner_instance" "suite" {
  name          = local.spanner_name
  display_name  = "e-Rejestracja"
  config        = var.spanner.config
  edition       = var.spanner.instance_type == "PROVISIONED" ? var.spanner.edition : null
  instance_type = var.spanner.instance_type

  processing_units = (
    var.spanner.autoscaling == null && var.spanner.instance_type == "PROVISIONED" ? var.spanner.units : null
  )

  dynamic "autoscaling_config" {
    for_each = var.spanner.autoscaling[*]
    content {
      autoscaling_limits {
        min_nodes = autoscaling_config.value.min_nodes
        max_nodes = autoscaling_config.value.max_nodes
      }
      autoscaling_targets {
        high_priority_cpu_utilization_percent = 65
        storage_utilization_percent           = 90
      }
    }
  }

  # Ours is the schedule below: Google's own would come on top, at a price.
  default_backup_schedule_type = "NONE"
  force_destroy                = !var.protected
  deletion_policy              = var.protected ? "PREVENT" : "DELETE"

  depends_on = [google_project_service.suite]
}

resource "google_spanner_database" "suite" {
  instance                 = google_spanner_instance.suite.name
  name                     = local.spanner_name
  database_dialect         = "GOOGLE_STANDARD_SQL"
  version_retention_period = "7d"
  deletion_protection      = var.protected # against terraform
  enable_drop_protection   = var.protected # against everybody else

  encryption_config {
    kms_key_name = google_kms_crypto_key.store["spanner"].id
  }

  lifecycle {
    ignore_changes = [ddl]
  }

  depends_on = [google_kms_crypto_key_iam_member.agent]
}

resource "google_spanner_backup_schedule" "daily" {
  count = var.spanner.instance_type == "PROVISIONED" ? 1 : 0

  instance           = google_spanner_instance.suite.name
  database           = google_spanner_database.suite.name
  name               = "daily"
  retention_duration = "${var.spanner.backup_days * 86400}s"

  spec {
    cron_spec {
      text = "30 1 * * *" # UTC; the quietest hour
    }
  }
  full_backup_spec {}

  encryption_config {
    encryption_type = "USE_DATABASE_ENCRYPTION"
  }
}

# Google's databaseUser may change the schema as well, and so drop a table.
resource "google_project_iam_custom_role" "writer" {
  role_id     = "suiteWriter"
  title       = "Reads and writes rows"
  description = "roles/spanner.databaseUser without the schema"
  permissions = [
    "spanner.databases.beginOrRollbackReadWriteTransaction",
    "spanner.databases.beginPartitionedDmlTransaction", "spanner.databases.beginReadOnlyTransaction",
    "spanner.databases.get", "spanner.databases.getDdl", "spanner.databases.partitionQuery",
    "spanner.databases.partitionRead", "spanner.databases.read", "spanner.databases.select",
    "spanner.databases.write", "spanner.sessions.create", "spanner.sessions.delete",
    "spanner.sessions.get", "spanner.sessions.list",
  ]
}

resource "google_spanner_database_iam_member" "function" {
  for_each = { for key, it in local.uses : key => it if startswith(it.use, "spanner.") }

  instance = google_spanner_instance.suite.name
  database = google_spanner_database.suite.name
  role     = each.value.use == "spanner.write" ? google_project_iam_custom_role.writer.name : "roles/spanner.databaseReader"
  member   = google_service_account.function[each.value.function].member
}
