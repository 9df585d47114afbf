environment = "dev"
project     = "erejestracja-dev"
domain      = "dev.erejestracja.example"

alert_addresses = ["dev-alerts@erejestracja.example"]
billing         = { account = "000000-000000-000000", currency = "EUR", month = 250 }
repository      = "projects/erejestracja-dev/locations/europe-central2/connections/code/repositories/erejestracja"

protected   = false
waf_preview = true
log_days    = 7

# awake = false is the switch for when nobody uses it: docs/deploy/costs.md
awake = true
