output "address" {
  description = "Address that the domain has to point at in DNS; empty while asleep."
  value       = one(google_compute_global_address.front_door[*].address)
}

output "dead_letters" {
  description = "Subscriptions in which undeliverable events wait for somebody to look."
  value       = sort([for it in google_pubsub_subscription.dead : it.name])
}

output "egress_address" {
  description = "Address that text messages are sent from, for the gateway's list; null where it varies."
  value       = one(google_compute_address.egress[*].address)
}

output "functions" {
  description = "Each function's bundle and own address."
  value       = { for name, it in module.function : name => { object = it.object, uri = it.uri } }
}

output "maintenance" {
  description = "Whether the front door answers 503 to everybody."
  value       = var.maintenance
}

output "public_url" {
  description = "Address of the front door; empty while asleep."
  value       = var.awake ? "https://${var.domain}" : ""
}

output "region" {
  description = "Region of everything that has one."
  value       = var.region
}

output "spanner" {
  description = "Where the truth is."
  value = {
    instance = google_spanner_instance.suite.name
    database = google_spanner_database.suite.name
  }
}
