terraform {
  required_version = "~> 1.11"

  # The bucket is named at init: terraform init -backend-config=bucket=PROJECT-state
  backend "gcs" {
    prefix = "suite"
  }

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.45"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region

  # Budgets bill their calls to this project, not to the caller's.
  billing_project       = var.project
  user_project_override = true

  default_labels = {
    suite       = "erejestracja"
    environment = var.environment
  }
}

data "google_project" "this" {
  project_id = var.project
}
