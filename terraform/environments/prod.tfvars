environment = "prod"
project     = "erejestracja-prod"
domain      = "erejestracja.example"

alert_addresses = ["alerts@erejestracja.example", "on-call@erejestracja.example"]
billing         = { account = "000000-000000-000000", currency = "EUR", month = 20000 }
repository      = "projects/erejestracja-prod/locations/europe-central2/connections/code/repositories/erejestracja"
readers         = "reports@erejestracja.example"

oidc = {
  issuer          = "https://login.erejestracja.example"
  audience        = "erejestracja"
  jwks_url        = "https://login.erejestracja.example/jwks"
  authorize_url   = "https://login.erejestracja.example/auth"
  token_url       = "https://login.erejestracja.example/token"
  end_session_url = "https://login.erejestracja.example/session/end"
}
sms        = { provider = "smsapi", url = "https://api.smsapi.pl", sender = "e-Zdrowie" }
record_url = "https://record.erejestracja.example/fhir"

fixed_egress = true
recaptcha    = true
log_days     = 90
redis        = { memory_gb = 16, replicas = 2 }
spanner = {
  edition     = "ENTERPRISE"
  autoscaling = { min_nodes = 3, max_nodes = 20 }
  backup_days = 30
}

# Bounded by what Spanner and the gateway bear, not by what callers ask.
subnetwork = "10.8.0.0/20"
scale = {
  search        = { min = 3, max = 200 }
  booking       = { min = 3, max = 200 }
  sms_inbound   = { min = 0, max = 40 }
  availability  = { min = 1, max = 60 }
  reporting     = { min = 0, max = 60 }
  sms_dispatch  = { min = 0, max = 10 }
  record_export = { min = 0, max = 10 }
}
