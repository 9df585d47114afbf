# Our own OpenID provider, where the environment has no other: people log in by e-mail link,
# and a claim that our staff sets says who they are.
resource "google_identity_platform_config" "suite" {
  count = var.oidc == null ? 1 : 0

  autodelete_anonymous_users = true
  authorized_domains         = [var.domain]

  sign_in {
    email {
      enabled           = true
      password_required = false
    }
  }
  monitoring {
    request_logging {
      enabled = true
    }
  }
  client {
    permissions {
      disabled_user_signup   = true # who is not known yet is registered at a point
      disabled_user_deletion = true
    }
  }

  depends_on = [google_project_service.suite]
}
