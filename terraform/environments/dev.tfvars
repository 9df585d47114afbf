environment = "dev"
project     = "erejestracja-dev"
domain      = "dev.erejestracja.example"

alert_addresses = ["dev-alerts@erejestracja.example"]
billing         = { account = "000000-000000-000000", currency = "EUR", month = 250 }
repository      = "projects/erejestracja-dev/locations/europe-central2/connections/code/repositories/erejestracja"

oidc = {
  issuer          = "https://login.dev.erejestracja.example"
  audience        = "erejestracja"
  jwks_url        = "https://login.dev.erejestracja.example/jwks"
  authorize_url   = "https://login.dev.erejestracja.example/auth"
  token_url       = "https://login.dev.erejestracja.example/token"
  end_session_url = "https://login.dev.erejestracja.example/session/end"
}

protected   = false
waf_preview = true
log_days    = 7

# awake = false is the switch for when nobody uses it: docs/deploy/costs.md
awake = true
