# Functions reach Redis, and nothing else, by an own network; Google's own services as ever.

locals {
  fixed_egress = var.awake && var.fixed_egress
}

resource "google_compute_network" "suite" {
  name                            = "suite"
  auto_create_subnetworks         = false
  delete_default_routes_on_create = false # the gateway for text messages is on the internet

  depends_on = [google_project_service.suite]
}

resource "google_compute_subnetwork" "functions" {
  name                     = "functions"
  network                  = google_compute_network.suite.id
  region                   = var.region
  ip_cidr_range            = var.subnetwork
  private_ip_google_access = true

  log_config {
    aggregation_interval = "INTERVAL_10_MIN"
    flow_sampling        = 0.1
    metadata             = "EXCLUDE_ALL_METADATA"
  }
}

resource "google_compute_firewall" "nobody_comes_in" {
  name      = "nobody-comes-in"
  network   = google_compute_network.suite.id
  direction = "INGRESS"
  priority  = 65000

  deny {
    protocol = "all"
  }
  source_ranges = ["0.0.0.0/0"]

  log_config {
    metadata = "EXCLUDE_ALL_METADATA"
  }
}

# An own range for Google's managed services, of which Redis is one.
resource "google_compute_global_address" "services" {
  name          = "services"
  network       = google_compute_network.suite.id
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = 20
}

resource "google_service_networking_connection" "services" {
  network                 = google_compute_network.suite.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.services.name]
}

# One address towards the gateway, so that it need not listen to anybody else.
resource "google_compute_address" "egress" {
  count = local.fixed_egress ? 1 : 0

  name       = "egress"
  region     = var.region
  depends_on = [google_project_service.suite]
}

resource "google_compute_router" "egress" {
  count = local.fixed_egress ? 1 : 0

  name    = "egress"
  region  = var.region
  network = google_compute_network.suite.id
}

resource "google_compute_router_nat" "egress" {
  count = local.fixed_egress ? 1 : 0

  name                               = "egress"
  region                             = var.region
  router                             = google_compute_router.egress[0].name
  nat_ip_allocate_option             = "MANUAL_ONLY"
  nat_ips                            = google_compute_address.egress[*].self_link
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  subnetwork {
    name                    = google_compute_subnetwork.functions.id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }
  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}
