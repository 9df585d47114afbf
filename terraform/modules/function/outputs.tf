output "object" {
  description = "The bundle it was deployed from."
  value       = var.bundle.object
}

output "service" {
  description = "Its Cloud Run service; known once callers have their right."
  value       = google_cloud_run_service_iam_member.caller.service
}

output "uri" {
  description = "Its own address, at which nobody outside is answered."
  value       = google_cloudfunctions2_function.this.service_config[0].uri
}
