# What is refused at the door. The functions count callers themselves and exactly; here stands what
# would cost us before we could count it.

locals {
  # Attacks that are known by their shape, at the level that hardly ever errs. Left out is
  # "methodenforcement", which knows no PUT and no DELETE, and what is about PHP.
  attacks = [
    "sqli-v33-stable", "xss-v33-stable", "lfi-v33-stable", "rfi-v33-stable", "rce-v33-stable",
    "scannerdetection-v33-stable", "protocolattack-v33-stable", "sessionfixation-v33-stable",
    "java-v33-stable", "nodejs-v33-stable",
  ]

  # How much one caller may ask for, of which paths. A caller is an address with one manner of
  # speaking TLS: behind one address may be a village. Tokens are no key: of a header only the first
  # 128 bytes count, and those of all our tokens are alike.
  paces = [
    { name = "records", paths = "^/v1/(me|patients|regions)", count = 120, ban = true },
    { name = "bookings", paths = "^/v1/(holds|visits|waiting|standby|overrides|vaccinations)", count = 300, ban = true },
    { name = "sign-ins", paths = "^/auth", count = 300, ban = true },
    { name = "pages", paths = "^/($|moje|terminy|czekam|rezerwuj|rezerwa|rodzina|kod|sprawdz|umow|wizyty|infolinia|punkt)", count = 600, ban = true },
    { name = "search", paths = "^/v1/(points|availability|slots)", count = 1500, ban = false },
  ]

  # The gateway for text messages reports from wherever it is.
  from_elsewhere = "!'[${join(",", var.countries)}]'.contains(origin.region_code) && !request.path.startsWith('/sms/')"
}

resource "google_recaptcha_enterprise_key" "challenge" {
  count = var.awake && var.recaptcha ? 1 : 0

  display_name = "Those who ask too much"
  web_settings {
    integration_type  = "INVISIBLE"
    allow_all_domains = false
    allowed_domains   = [var.domain]
  }
  waf_settings {
    waf_feature = "CHALLENGE_PAGE"
    waf_service = "CA"
  }
  depends_on = [google_project_service.suite]
}

resource "google_compute_security_policy" "front_door" {
  # checkov:skip=CKV_GCP_73: rule 200 denies cve-canary; the check does not read a policy with dynamic rules
  count = var.awake ? 1 : 0

  name        = "front-door"
  description = "What is refused before a function sees it"
  type        = "CLOUD_ARMOR"

  advanced_options_config {
    json_parsing = "STANDARD"
    log_level    = "NORMAL" # verbose would log what people sent
  }

  adaptive_protection_config {
    layer_7_ddos_defense_config {
      enable          = true
      rule_visibility = "STANDARD"
    }
  }

  dynamic "recaptcha_options_config" {
    for_each = google_recaptcha_enterprise_key.challenge[*].name
    content {
      redirect_site_key = recaptcha_options_config.value
    }
  }

  dynamic "rule" {
    for_each = length(var.countries) > 0 ? [local.from_elsewhere] : []
    content {
      action      = "deny(403)"
      priority    = 100
      description = "From another country"
      match {
        expr {
          expression = rule.value
        }
      }
    }
  }

  rule {
    action      = "deny(403)"
    priority    = 200
    description = "Log4Shell and its like"
    match {
      expr {
        expression = "evaluatePreconfiguredWaf('cve-canary', {'sensitivity': 1})"
      }
    }
  }

  dynamic "rule" {
    for_each = local.attacks
    content {
      action      = "deny(403)"
      priority    = 300 + rule.key
      description = "Known attacks: ${rule.value}"
      preview     = var.waf_preview
      match {
        expr {
          expression = "evaluatePreconfiguredWaf('${rule.value}', {'sensitivity': 1})"
        }
      }
    }
  }

  # What adaptive protection is sure of, it may stop by itself, for a while.
  rule {
    action      = "deny(403)"
    priority    = 400
    description = "Part of an attack that is going on"
    match {
      expr {
        expression = "evaluateAdaptiveProtectionAutoDeploy()"
      }
    }
  }

  # Bots: whoever reads faster than people do is asked to show that they are one, once.
  dynamic "rule" {
    for_each = google_recaptcha_enterprise_key.challenge[*].name
    content {
      action      = "throttle"
      priority    = 450
      description = "Faster than people read"
      match {
        expr {
          expression = "request.path.matches('^/v1/(availability|slots)') && !token.recaptcha_exemption.valid"
        }
      }
      rate_limit_options {
        conform_action = "allow"
        exceed_action  = "redirect"
        enforce_on_key = "IP"
        exceed_redirect_options {
          type = "GOOGLE_RECAPTCHA"
        }
        rate_limit_threshold {
          count        = 1200
          interval_sec = 60
        }
      }
    }
  }

  dynamic "rule" {
    for_each = local.paces
    content {
      action      = rule.value.ban ? "rate_based_ban" : "throttle"
      priority    = 500 + rule.key
      description = "One caller, a minute: ${rule.value.name}"
      match {
        expr {
          expression = "request.path.matches('${rule.value.paths}')"
        }
      }
      rate_limit_options {
        conform_action   = "allow"
        exceed_action    = "deny(429)"
        ban_duration_sec = rule.value.ban ? 300 : null
        rate_limit_threshold {
          count        = rule.value.count
          interval_sec = 60
        }
        enforce_on_key_configs {
          enforce_on_key_type = "IP"
        }
        enforce_on_key_configs {
          enforce_on_key_type = "TLS_JA4_FINGERPRINT"
        }
      }
    }
  }

  rule {
    action      = "allow"
    priority    = 2147483647
    description = "Everybody else"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}
