"""Whom webhooks may reach, and what their secrets are sealed with."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class WebhookSettings(BaseSettings):
    """Where webhooks may lead."""

    model_config = SettingsConfigDict(env_prefix="WEBHOOK_", frozen=True)

    timeout_s: float = Field(
        5, gt=0, le=30, description="One delivery, whole: who is slower is told again later."
    )
    loopback: bool = Field(
        False,
        description="Emulators only: receivers are on this very machine, and may be without TLS.",
    )


class WebhookKeySettings(BaseSettings):
    """What webhooks' secrets are sealed with, in the database."""

    model_config = SettingsConfigDict(env_prefix="WEBHOOK_", frozen=True)

    key: SecretStr = Field(
        description="Seals webhooks' secrets. Several, with spaces between: the first seals, "
        "all open."
    )
