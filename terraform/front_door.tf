# The one way in: HTTPS on the domain, checked by Cloud Armor, cached where answers allow it, and
# sent to the function whose route is the longest that fits, exactly as nginx does on one machine.

locals {
  doors = { for name, it in local.public : name => it if var.awake }

  # The longest first; URL maps take the first rule that fits.
  routes = reverse(sort([
    for pair in flatten([for name, it in local.doors : [for route in it.routes : "${route} ${name}"]]) :
    format("%03d %s", length(split(" ", pair)[0]), pair)
  ]))
  rules = [for line in local.routes : { route = split(" ", line)[1], function = split(" ", line)[2] }]

  # A route with a {name} in it, any one segment, is a template: itself, and whatever is below it.
  templates = { for rule in local.rules : rule.route => [rule.route, "${rule.route}/**"] if strcontains(rule.route, "{") }
}

resource "google_compute_global_address" "front_door" {
  count = var.awake ? 1 : 0

  name       = "front-door"
  depends_on = [google_project_service.suite]
}

resource "google_compute_region_network_endpoint_group" "function" {
  for_each = local.doors

  name                  = module.function[each.key].service
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = module.function[each.key].service
  }
}

resource "google_compute_backend_service" "function" {
  for_each = local.doors

  name                  = module.function[each.key].service
  description           = each.value.says
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.front_door[0].id

  backend {
    group = google_compute_region_network_endpoint_group.function[each.key].id
  }

  # What is free, and files for browsers, are the same for everybody; what may be kept, and how long,
  # the answer itself says.
  enable_cdn = can(each.value.cached)
  dynamic "cdn_policy" {
    for_each = can(each.value.cached) ? [each.value.cached] : []
    content {
      cache_mode         = "USE_ORIGIN_HEADERS"
      request_coalescing = true
      serve_while_stale  = 0 # what was free a minute ago is of no use to anybody
      negative_caching   = false
      cache_key_policy {
        include_host         = false
        include_protocol     = false
        include_query_string = true
        include_http_headers = cdn_policy.value
      }
    }
  }

  log_config {
    enable      = true
    sample_rate = 1
  }
}

resource "google_compute_backend_bucket" "open_data" {
  count = var.awake ? 1 : 0

  name        = "open-data"
  bucket_name = google_storage_bucket.suite["open-data"].name
  enable_cdn  = true

  cdn_policy {
    cache_mode         = "CACHE_ALL_STATIC"
    default_ttl        = 300
    max_ttl            = 3600
    client_ttl         = 300
    request_coalescing = true
    negative_caching   = true
  }
}

resource "google_compute_url_map" "front_door" {
  count = var.awake ? 1 : 0

  name = "front-door"

  # Another name for our address is none of ours: whoever uses it is sent to ours.
  default_url_redirect {
    host_redirect          = var.domain
    https_redirect         = true
    redirect_response_code = "MOVED_PERMANENTLY_DEFAULT"
    strip_query            = true
  }

  host_rule {
    hosts        = [var.domain]
    path_matcher = "suite"
  }

  path_matcher {
    name = "suite"
    # What no other route has; a page, or for programs a problem document.
    default_service = google_compute_backend_service.function["patient_web"].id

    dynamic "default_route_action" {
      for_each = var.maintenance ? [1] : []
      content {
        fault_injection_policy {
          abort {
            http_status = 503
            percentage  = 100
          }
        }
      }
    }

    dynamic "route_rules" {
      for_each = var.maintenance ? [] : local.rules
      content {
        priority = route_rules.key + 10
        service  = google_compute_backend_service.function[route_rules.value.function].id
        dynamic "match_rules" {
          for_each = lookup(local.templates, route_rules.value.route, [])
          content {
            path_template_match = match_rules.value
          }
        }
        dynamic "match_rules" {
          for_each = contains(keys(local.templates), route_rules.value.route) ? [] : [route_rules.value.route]
          content {
            prefix_match = match_rules.value
          }
        }
      }
    }
    dynamic "route_rules" {
      for_each = var.maintenance ? [] : google_compute_backend_bucket.open_data[*].id
      content {
        priority = 5
        service  = route_rules.value
        match_rules {
          prefix_match = "/open-data/"
        }
        route_action {
          url_rewrite {
            path_prefix_rewrite = "/"
          }
        }
      }
    }
  }

  # Google refuses a map that fails its own tests.
  dynamic "test" {
    for_each = var.maintenance ? [] : local.rules
    content {
      host    = var.domain
      path    = replace(test.value.route, "/{\\w+}/", "x")
      service = google_compute_backend_service.function[test.value.function].id
    }
  }
}

resource "google_compute_managed_ssl_certificate" "front_door" {
  count = var.awake ? 1 : 0

  # Another domain is another certificate, made before the old one goes.
  name = "front-door-${substr(sha256(var.domain), 0, 8)}"
  managed {
    domains = [var.domain]
  }
  lifecycle {
    create_before_destroy = true
  }
  depends_on = [google_project_service.suite]
}

resource "google_compute_ssl_policy" "front_door" {
  count = var.awake ? 1 : 0

  name            = "front-door"
  profile         = "RESTRICTED"
  min_tls_version = "TLS_1_2"
  depends_on      = [google_project_service.suite]
}

resource "google_compute_target_https_proxy" "front_door" {
  count = var.awake ? 1 : 0

  name             = "front-door"
  url_map          = google_compute_url_map.front_door[0].id
  ssl_certificates = [google_compute_managed_ssl_certificate.front_door[0].id]
  ssl_policy       = google_compute_ssl_policy.front_door[0].id
}

resource "google_compute_global_forwarding_rule" "https" {
  count = var.awake ? 1 : 0

  name                  = "front-door-https"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.front_door[0].id
  port_range            = "443"
  target                = google_compute_target_https_proxy.front_door[0].id
}

resource "google_compute_url_map" "to_https" {
  count = var.awake ? 1 : 0

  name = "to-https"
  default_url_redirect {
    host_redirect          = var.domain
    https_redirect         = true
    redirect_response_code = "MOVED_PERMANENTLY_DEFAULT"
    strip_query            = true
  }
  depends_on = [google_project_service.suite]
}

resource "google_compute_target_http_proxy" "to_https" {
  count = var.awake ? 1 : 0

  name    = "to-https"
  url_map = google_compute_url_map.to_https[0].id
}

resource "google_compute_global_forwarding_rule" "http" {
  count = var.awake ? 1 : 0

  name                  = "front-door-http"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.front_door[0].id
  port_range            = "80"
  target                = google_compute_target_http_proxy.to_https[0].id
}
