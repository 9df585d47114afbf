"""Whose tokens we trust, and how often callers may ask."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class AuthSettings(BaseSettings):
    """The OpenID provider whose access tokens name our callers."""

    model_config = SettingsConfigDict(env_prefix="OIDC_", frozen=True)

    issuer: str = Field(description="The provider's `iss`, exactly as its tokens write it.")
    audience: str = Field("erejestracja", description="The `aud` of tokens meant for us.")
    jwks_url: str = Field(description="Where the provider publishes its signing keys.")


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
