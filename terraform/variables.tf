locals {
  # Google's regions there: not London (west2), not Zurich (west6).
  european_union = "^europe-(central2|north[12]|southwest1|west(1|3|4|8|9|10|12))$"
}

# Alphabetical; environments/*.tfvars fill them, docs/deploy says when to change which.

variable "alert_addresses" {
  description = "E-mail addresses that alerts and the budget are told to."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.alert_addresses) > 0
    error_message = "Somebody has to be told."
  }
}

variable "awake" {
  description = "Off: no Redis, no front door, no schedules, no instance that waits. What holds data stays."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = var.awake || var.environment == "dev"
    error_message = "Only dev sleeps."
  }
}

variable "bigquery_location" {
  description = "Where statistics are: a European region, or EU."
  type        = string
  default     = "europe-central2"
  nullable    = false

  validation {
    condition     = var.bigquery_location == "EU" || can(regex(local.european_union, var.bigquery_location))
    error_message = "Statistics stay in the European Union."
  }
}

variable "billing" {
  description = "Billing account of the project and what a month may cost; null for no budget."
  type        = object({ account = string, currency = string, month = number })
  default     = null
}

variable "bundles" {
  description = "Each function's bundle, as functions/bundle.py writes them."
  type        = map(object({ object = string, sha256 = string }))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for it in var.bundles : strcontains(it.object, substr(it.sha256, 0, 16))])
    error_message = "A bundle is named by its hash; other code under the same name would not be deployed."
  }
}

variable "countries" {
  description = "Countries (ISO 3166) that the front door answers; empty for all."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for it in var.countries : can(regex("^[A-Z]{2}$", it))])
    error_message = "A country has two capital letters, such as PL."
  }
}

variable "domain" {
  description = "Name of the front door in DNS."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain))
    error_message = "A name in DNS, without scheme and path."
  }
}

variable "environment" {
  description = "dev, staging or prod; one project is one environment."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "There are dev, staging and prod."
  }
}

variable "firestore_location" {
  description = "Where Firestore is, for good: a European region, or eur3."
  type        = string
  default     = "europe-central2"
  nullable    = false

  validation {
    condition     = var.firestore_location == "eur3" || can(regex(local.european_union, var.firestore_location))
    error_message = "Rules stay in the European Union."
  }
}

variable "fixed_egress" {
  description = "Whether text messages are sent from one address, which the gateway may then insist on."
  type        = bool
  default     = false
  nullable    = false
}

variable "horizon_days" {
  description = "Sessions are generated this many days ahead."
  type        = number
  default     = 60
  nullable    = false
}

variable "log_days" {
  description = "Days that logs are kept, in the region."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.log_days >= 1 && var.log_days <= 365
    error_message = "Logs hold addresses of callers: not longer than a year."
  }
}

variable "maintenance" {
  description = "The front door answers 503 to everybody."
  type        = bool
  default     = false
  nullable    = false
}

variable "oidc" {
  description = "The OpenID provider that signs people in and whose tokens name callers: a broker before the national node."
  type = object({
    issuer          = string
    audience        = string
    jwks_url        = string
    authorize_url   = string
    token_url       = string
    end_session_url = string
    client_id       = optional(string, "erejestracja-web")
  })
  nullable = false

  validation {
    condition     = alltrue([for name, it in var.oidc : startswith(it, "https://") if !contains(["audience", "client_id"], name)])
    error_message = "Keys that sign people's logins come over HTTPS, and people go there by it."
  }
}

variable "pages_mode" {
  description = "By web application: readOnly while writes rest, closed while work is done; open if unnamed."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for mode in values(var.pages_mode) : contains(["open", "readOnly", "closed"], mode)])
    error_message = "open, readOnly or closed."
  }
  validation {
    condition     = alltrue([for name in keys(var.pages_mode) : try(local.functions[name].pages, false)])
    error_message = "Only functions that serve pages have a mode."
  }
}

variable "project" {
  description = "Project id."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "protected" {
  description = "Whether what holds data refuses to be deleted; off only where nobody would miss it."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = var.protected || var.environment == "dev"
    error_message = "Only dev may lose its data."
  }
}

variable "rate_limits" {
  description = "Factor on all rate limits of the functions; off for load tests from one address."
  type        = string
  default     = "1"
  nullable    = false

  validation {
    condition     = var.rate_limits == "off" ? var.environment != "prod" : can(tonumber(var.rate_limits))
    error_message = "A factor, or off where there are no people."
  }
}

variable "readers" {
  description = "Google group that may read the marts, in Looker Studio or elsewhere; null for nobody."
  type        = string
  default     = null
}

variable "recaptcha" {
  description = "Whether those who ask too much have to pass a challenge before they are shut out."
  type        = bool
  default     = false
  nullable    = false
}

variable "record_url" {
  description = "FHIR address of the national record; by default nowhere, and doses end on the points' work lists."
  type        = string
  default     = "https://record.invalid/fhir"
  nullable    = false
}

variable "redis" {
  description = "Size of Redis; with replicas it survives the loss of a zone."
  type        = object({ memory_gb = number, replicas = number })
  default     = { memory_gb = 1, replicas = 0 }
  nullable    = false
}

variable "region" {
  description = "Region of everything that has one."
  type        = string
  default     = "europe-central2"
  nullable    = false

  validation {
    condition     = can(regex(local.european_union, var.region))
    error_message = "A region in the European Union: not London, not Zurich."
  }
}

variable "repository" {
  description = "The repository as it is connected to Cloud Build: projects/P/locations/L/connections/C/repositories/R; null for no triggers."
  type        = string
  default     = null
}

variable "scale" {
  description = "By function: instances that always run and how many there may be; 0 and 10 (a chore: 1) where none is named."
  type        = map(object({ min = number, max = number }))
  default     = {}
  nullable    = false
}

variable "secret_versions" {
  description = "Version of a secret, by its variable; 1 where none is named. A rotation is a line here."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for it in var.secret_versions : can(regex("^[0-9]+$", it))])
    error_message = "Name a version by its number: what latest is changes without a plan."
  }
}

variable "sms" {
  description = "The gateway for text messages: noop sends none. Dialogues come from a number that can be answered."
  type = object({
    provider        = string
    url             = string
    sender          = string
    dialogue_sender = optional(string, "2way")
  })
  default  = { provider = "noop", url = "https://api.smsapi.pl", sender = "e-Zdrowie" }
  nullable = false
}

variable "spanner" {
  description = "Where Spanner is and how large: units fixed, or between two nodes' numbers by load (then at least ENTERPRISE)."
  type = object({
    autoscaling   = optional(object({ min_nodes = number, max_nodes = number }))
    backup_days   = optional(number, 7)
    config        = optional(string, "regional-europe-central2")
    edition       = optional(string, "STANDARD")
    instance_type = optional(string, "PROVISIONED")
    key_location  = optional(string, "europe-central2")
    units         = optional(number, 100)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.spanner.autoscaling == null || var.spanner.edition != "STANDARD"
    error_message = "Only ENTERPRISE and ENTERPRISE_PLUS follow the load."
  }
  validation {
    condition     = var.spanner.config == "eur3" || can(regex(local.european_union, trimprefix(var.spanner.config, "regional-")))
    error_message = "Personal data stays in the European Union: eur5 is partly in London, and eur6 is not known to be."
  }
}

variable "subnetwork" {
  description = "Addresses of functions in their own network: four for each instance there may be."
  type        = string
  default     = "10.8.0.0/22"
  nullable    = false
}

variable "waf_preview" {
  description = "Whether rules against known attacks only log what they would refuse."
  type        = bool
  default     = false
  nullable    = false
}
