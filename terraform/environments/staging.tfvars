environment = "staging"
project     = "erejestracja-staging"
domain      = "staging.erejestracja.example"

alert_addresses = ["staging-alerts@erejestracja.example"]
billing         = { account = "000000-000000-000000", currency = "EUR", month = 3000 }
repository      = "projects/erejestracja-staging/locations/europe-central2/connections/code/repositories/erejestracja"
readers         = "reports-staging@erejestracja.example"

oidc = {
  issuer          = "https://login.staging.erejestracja.example"
  audience        = "erejestracja"
  jwks_url        = "https://login.staging.erejestracja.example/jwks"
  authorize_url   = "https://login.staging.erejestracja.example/auth"
  token_url       = "https://login.staging.erejestracja.example/token"
  end_session_url = "https://login.staging.erejestracja.example/session/end"
}

record_url = "https://record-test.erejestracja.example/fhir"

fixed_egress = true
recaptcha    = true
redis        = { memory_gb = 5, replicas = 1 }
spanner = {
  edition     = "ENTERPRISE"
  autoscaling = { min_nodes = 1, max_nodes = 3 }
}

scale = {
  search        = { min = 1, max = 40 }
  booking       = { min = 1, max = 40 }
  availability  = { min = 0, max = 20 }
  reporting     = { min = 0, max = 20 }
  sms_dispatch  = { min = 0, max = 5 }
  record_export = { min = 0, max = 5 }
}
