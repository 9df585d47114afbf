# Who comes in from outside, and where.

mock_provider "google" {}

variables {
  environment     = "prod"
  project         = "erejestracja-test"
  domain          = "test.erejestracja.example"
  alert_addresses = ["alerts@erejestracja.example"]
  oidc = {
    issuer          = "https://login.example"
    audience        = "erejestracja"
    jwks_url        = "https://login.example/jwks"
    authorize_url   = "https://login.example/auth"
    token_url       = "https://login.example/token"
    end_session_url = "https://login.example/end"
  }
  recaptcha = true
  countries = ["PL", "UA"]
}

run "only_public_functions_are_reached_and_only_by_the_front_door" {
  command = apply

  assert {
    condition = { for name, it in module.function : name => it.ingress } == {
      for name, it in local.functions : name => try(it.public, false) ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_INTERNAL_ONLY"
    }
    error_message = "A function can be reached past the front door."
  }
  assert {
    condition = alltrue([
      for name, it in module.function : (it.caller == "allUsers") == try(local.functions[name].public, false)
    ])
    error_message = "A function that is not public may be called by everybody."
  }
  assert {
    condition     = toset(keys(google_compute_backend_service.function)) == toset([for name, it in local.functions : name if try(it.public, false)])
    error_message = "The front door leads to functions that are not public, or not to all that are."
  }
  assert {
    condition = { for rule in google_compute_url_map.front_door[0].path_matcher[0].route_rules : coalesce(rule.match_rules[0].prefix_match, rule.match_rules[0].path_template_match) => rule.service if rule.priority >= 10 } == merge([
      for name, it in local.functions : { for route in try(it.routes, []) : route => google_compute_backend_service.function[name].id }
    ]...)
    error_message = "Routes are not those of suite.yaml."
  }
  assert {
    condition = alltrue([
      for index in range(1, length(local.rules)) : length(local.rules[index - 1].route) >= length(local.rules[index].route)
    ])
    error_message = "A short route goes before a longer one, and takes its callers."
  }
  assert {
    condition     = length(google_compute_url_map.front_door[0].test) == length(local.rules)
    error_message = "The map is put to use without Google having tried it."
  }
  assert {
    condition     = alltrue([for it in google_compute_backend_service.function : it.security_policy == google_compute_security_policy.front_door[0].id])
    error_message = "A function is reached past Cloud Armor."
  }
  assert {
    condition     = alltrue([for it in google_compute_backend_service.function : it.load_balancing_scheme == "EXTERNAL_MANAGED" && it.log_config[0].enable])
    error_message = "The front door is of the old kind, or keeps no log."
  }
  assert {
    condition     = toset([for name, it in google_compute_backend_service.function : name if it.enable_cdn]) == toset(["patient_web", "search"])
    error_message = "Something about a person would be cached for the next one."
  }
  assert {
    condition     = google_compute_ssl_policy.front_door[0].min_tls_version == "TLS_1_2" && google_compute_ssl_policy.front_door[0].profile == "RESTRICTED"
    error_message = "The front door speaks a TLS that can be broken."
  }
  assert {
    condition     = google_compute_target_https_proxy.front_door[0].ssl_policy == google_compute_ssl_policy.front_door[0].id
    error_message = "The front door does not keep to its TLS policy."
  }
  assert {
    condition     = google_compute_url_map.to_https[0].default_url_redirect[0].https_redirect == true
    error_message = "Something is answered without TLS."
  }
  assert {
    condition = alltrue([
      for name in ["sqli", "xss", "lfi", "rfi", "rce", "scannerdetection", "protocolattack", "sessionfixation"] : anytrue([
        for rule in google_compute_security_policy.front_door[0].rule :
        rule.action == "deny(403)" && rule.preview != true && try(strcontains(rule.match[0].expr[0].expression, "'${name}-v33-stable'"), false)
      ])
    ])
    error_message = "A known kind of attack gets through."
  }
  assert {
    condition = alltrue([
      for path in ["/v1/me", "/v1/patients", "/v1/holds", "/v1/visits", "/v1/waiting", "/v1/standby", "/v1/overrides", "/v1/slots", "/v1/points", "/v1/availability"] : anytrue([
        for it in local.paces : can(regex(it.paths, path))
      ])
    ])
    error_message = "A route may be asked for without any limit."
  }
  assert {
    condition = alltrue([
      for rule in google_compute_security_policy.front_door[0].rule : toset([
        for key in rule.rate_limit_options[0].enforce_on_key_configs : key.enforce_on_key_type
      ]) == toset(["IP", "TLS_JA4_FINGERPRINT"]) if rule.priority >= 500 && rule.priority < 600
    ])
    error_message = "All callers share one limit: one of them could shut out the country."
  }
  assert {
    condition     = google_compute_security_policy.front_door[0].adaptive_protection_config[0].layer_7_ddos_defense_config[0].enable == true
    error_message = "Nobody watches for an attack that is new."
  }
  assert {
    condition = anytrue([
      for rule in google_compute_security_policy.front_door[0].rule :
      rule.action == "deny(403)" && try(strcontains(rule.match[0].expr[0].expression, "'[PL,UA]'.contains(origin.region_code)"), false)
    ])
    error_message = "The switch for countries does nothing."
  }
  assert {
    condition     = anytrue([for rule in google_compute_security_policy.front_door[0].rule : try(rule.rate_limit_options[0].exceed_redirect_options[0].type == "GOOGLE_RECAPTCHA", false)])
    error_message = "Bots are not asked to show that they are people."
  }
  assert {
    condition     = output.public_url == "https://${var.domain}" && output.maintenance == false
    error_message = "smoke would ask at the wrong door."
  }
}
