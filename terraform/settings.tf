# Which function is given which variable; docs/settings.md says what each means.
locals {
  every_setting = {
    GOOGLE_CLOUD_PROJECT = var.project
    SPANNER_INSTANCE     = local.spanner_name
    SPANNER_DATABASE     = local.spanner_name
    # Its client's own metrics would need a right on the whole project; the server's are enough.
    SPANNER_DISABLE_BUILTIN_METRICS = "true"
  }

  # The load balancer adds the caller's address and then its own.
  public_settings = { TRUSTED_HOPS = "2", RATE_LIMITS = var.rate_limits }

  # Not secret: addresses, names. By function, where `uses` does not say it.
  gateway_settings = {
    sms_dispatch = {
      SMS_PROVIDER        = var.sms.provider
      SMS_URL             = var.sms.url
      SMS_SENDER          = var.sms.sender
      SMS_DIALOGUE_SENDER = var.sms.dialogue_sender
      RATE_LIMITS         = var.rate_limits
    }
    record_export = {
      RECORD_URL = var.record_url
    }
  }
  own_settings = merge(local.gateway_settings, {
    booking = {
      OIDC_ISSUER   = var.oidc.issuer
      OIDC_AUDIENCE = var.oidc.audience
      OIDC_JWKS_URL = var.oidc.jwks_url
    }
    schedule = {
      OIDC_ISSUER   = var.oidc.issuer
      OIDC_AUDIENCE = var.oidc.audience
      OIDC_JWKS_URL = var.oidc.jwks_url
      HORIZON_DAYS  = tostring(var.horizon_days)
    }
    vaccination = {
      OIDC_ISSUER   = var.oidc.issuer
      OIDC_AUDIENCE = var.oidc.audience
      OIDC_JWKS_URL = var.oidc.jwks_url
    }
    identity = {
      OIDC_ISSUER          = var.oidc.issuer
      OIDC_AUDIENCE        = var.oidc.audience
      OIDC_JWKS_URL        = var.oidc.jwks_url
      OIDC_AUTHORIZE_URL   = var.oidc.authorize_url
      OIDC_TOKEN_URL       = var.oidc.token_url
      OIDC_END_SESSION_URL = var.oidc.end_session_url
      OIDC_CLIENT_ID       = var.oidc.client_id
      PUBLIC_URL           = "https://${var.domain}"
    }
    point_web = { HORIZON_DAYS = tostring(var.horizon_days) }
    upkeep    = { HORIZON_DAYS = tostring(var.horizon_days) }
  })

  settings = {
    for name, it in local.functions : name => merge(
      local.every_setting,
      contains(keys(local.public), name) ? local.public_settings : {},
      try(it.pages, false) ? { PAGES_MODE = lookup(var.pages_mode, name, "open") } : {},
      contains(it.uses, "bigquery.write") ? { BIGQUERY_DATASET = local.archive } : {},
      contains(it.uses, "storage.imports") ? { IMPORTS_BUCKET = google_storage_bucket.suite["imports"].name } : {},
      lookup(local.own_settings, name, {}),
    )
  }

  # Who reads which secret, by its variable; the secret's id is the same in kebab case.
  readers = {
    HOLD_KEY           = ["booking", "hotline_web", "patient_web", "point_web", "sms_inbound", "upkeep", "vaccination", "waiting_list"]
    PATIENT_KEY        = ["booking", "schedule", "identity", "patient_web", "sms_inbound", "vaccination", "imports", "hotline_web", "point_web"]
    REPORTING_KEY      = ["reporting"]
    SMS_TOKEN          = ["sms_dispatch"]
    SMS_RECEIPTS_TOKEN = ["sms_inbound"]
    RECORD_TOKEN       = ["record_export"]
    OIDC_CLIENT_SECRET = ["identity"]
    CODE_KEY           = ["patient_web", "sms_dispatch"]
    WEBHOOK_KEY        = ["schedule", "webhooks"]
    WEB_KEY            = ["hotline_web", "identity", "patient_web", "point_web"]
  }

  secrets = {
    for name, it in local.functions : name => merge(
      {
        for variable, functions in local.readers : variable => {
          secret  = google_secret_manager_secret.suite[variable].secret_id
          version = lookup(var.secret_versions, variable, "1")
        } if contains(functions, name)
      },
      contains(it.uses, "redis") ? local.redis_secret : {},
    )
  }
}
