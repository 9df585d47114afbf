"""Whose tokens we trust, and how often callers may ask."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class AuthSettings(BaseSettings):
    """The OpenID provider whose access tokens name our callers."""

    model_config = SettingsConfigDict(env_prefix="OIDC_", frozen=True)

    issuer: str = Field(description="The provider's `iss`, exactly as its tokens write it.")
    audience: str = Field("erejestracja", description="The `aud` of tokens meant for us.")
    jwks_url: str = Field(description="Where the provider publishes its signing keys.")


class SignInSettings(BaseSettings):
    """How people sign in to the web applications, at the same provider."""

    model_config = SettingsConfigDict(env_prefix="OIDC_", frozen=True)

    authorize_url: str = Field(description="Where browsers are sent to sign in.")
    token_url: str = Field(description="Where a code becomes tokens.")
    end_session_url: str = Field(description="Where browsers are sent to sign out.")
    client_id: str = Field("erejestracja-web", description="Our name at the provider.")
    client_secret: SecretStr = Field(description="What we show to the provider with a code.")
    public_url: str = Field(
        validation_alias="PUBLIC_URL", description="The suite's address, without a final slash."
    )

    @property
    def callback(self) -> str:
        """Return where the provider sends browsers back to."""
        return f"{self.public_url}/auth/callback"

    @property
    def home(self) -> str:
        """Return where the provider sends browsers after they signed out."""
        return f"{self.public_url}/"


class LimitSettings(BaseSettings):
    """How strictly callers are counted."""

    model_config = SettingsConfigDict(frozen=True)

    rate_limits: str = Field(
        "1",
        validation_alias="RATE_LIMITS",
        pattern=r"^(off|\d{1,4}(\.\d{1,3})?)$",
        description="Factor on all rate limits; `off` for load tests from one address.",
    )

    @property
    def factor(self) -> float | None:
        """Return the factor, None where nothing is limited."""
        return float(self.rate_limits) or None if self.rate_limits != "off" else None


class ProxySettings(BaseSettings):
    """What stands in front of the functions."""

    model_config = SettingsConfigDict(frozen=True)

    trusted_hops: int = Field(
        1,
        ge=0,
        le=5,
        validation_alias="TRUSTED_HOPS",
        description="Addresses at the end of X-Forwarded-For that our own front door wrote: 1 "
        "behind the local one, 2 behind the load balancer, which adds its own; 0 ignores all.",
    )
