variable "account" {
  description = "E-mail address of the service account that it runs as, which no other function has."
  type        = string
  nullable    = false
}

variable "builder" {
  description = "Service account that builds it, as projects/P/serviceAccounts/A."
  type        = string
  nullable    = false
}

variable "bundle" {
  description = "Where its code is; the object's name holds its hash, so that other code is another name."
  type        = object({ bucket = string, object = string })
  nullable    = false
}

variable "caller" {
  description = "The one IAM member that may call it."
  type        = string
  nullable    = false

  validation {
    condition     = var.public || !contains(["allUsers", "allAuthenticatedUsers"], var.caller)
    error_message = "Only a public function may be called by all users."
  }
}

variable "description" {
  description = "One line for people."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "Environment variables, none of them secret."
  type        = map(string)
  nullable    = false
}

variable "key" {
  description = "KMS key that encrypts its code and images."
  type        = string
  nullable    = false
}

variable "memory" {
  description = "Memory of an instance, such as 512Mi."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Name of the function and of its entry point."
  type        = string
  nullable    = false
}

variable "network" {
  description = "The subnetwork it is in, and whether what it asks of the internet leaves through that, too."
  type        = object({ subnetwork = string, all_traffic = bool })
  nullable    = false
}

variable "project" {
  description = "Project id."
  type        = string
  nullable    = false
}

variable "public" {
  description = "Whether the front door may reach it; nothing else from outside ever may."
  type        = bool
  nullable    = false
}

variable "region" {
  description = "Region it runs in."
  type        = string
  nullable    = false
}

variable "repository" {
  description = "Artifact Registry repository of its images, under the same key."
  type        = string
  nullable    = false
}

variable "scale" {
  description = "Instances that always run, and how many there may be at most."
  type        = object({ min = number, max = number })
  nullable    = false

  validation {
    condition     = var.scale.min <= var.scale.max && var.scale.max >= 1
    error_message = "At least one instance, and no more that always run than may run."
  }
}

variable "secrets" {
  description = "Environment variables from Secret Manager: variable to secret and version, never latest."
  type        = map(object({ secret = string, version = string }))
  nullable    = false

  validation {
    condition     = alltrue([for it in var.secrets : it.version != "latest"])
    error_message = "Name a version: what latest is changes without a plan."
  }
}

variable "service" {
  description = "Name that Cloud Run gives its service."
  type        = string
  nullable    = false
}

variable "threads" {
  description = "Requests that an instance serves at once."
  type        = number
  nullable    = false
}

variable "timeout_s" {
  description = "Seconds after which a request is given up."
  type        = number
  default     = 60
  nullable    = false
}
