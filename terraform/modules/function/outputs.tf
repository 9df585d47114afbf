output "account" {
  description = "E-mail address of the account that it runs as."
  value       = google_cloudfunctions2_function.this.service_config[0].service_account_email
}

output "caller" {
  description = "The one IAM member that may call it."
  value       = google_cloud_run_service_iam_member.caller.member
}

output "environment" {
  description = "Its environment variables, those from secrets by their secret and version."
  value = merge(
    google_cloudfunctions2_function.this.service_config[0].environment_variables,
    {
      for it in google_cloudfunctions2_function.this.service_config[0].secret_environment_variables :
      it.key => "${it.secret}/${it.version}"
    },
  )
}

output "ingress" {
  description = "Who reaches it by network at all, before anybody asks who they are."
  value       = google_cloudfunctions2_function.this.service_config[0].ingress_settings
}

output "key" {
  description = "KMS key of its code and images."
  value       = google_cloudfunctions2_function.this.kms_key_name
}

output "location" {
  description = "Where it runs."
  value       = google_cloudfunctions2_function.this.location
}

output "object" {
  description = "The bundle it was deployed from."
  value       = google_cloudfunctions2_function.this.build_config[0].source[0].storage_source[0].object
}

output "scale" {
  description = "Instances that always run, and how many there may be."
  value = {
    min = google_cloudfunctions2_function.this.service_config[0].min_instance_count
    max = google_cloudfunctions2_function.this.service_config[0].max_instance_count
  }
}

output "service" {
  description = "Its Cloud Run service; known once callers have their right."
  value       = google_cloud_run_service_iam_member.caller.service
}

output "uri" {
  description = "Its own address, at which nobody outside is answered."
  value       = google_cloudfunctions2_function.this.service_config[0].uri
}
