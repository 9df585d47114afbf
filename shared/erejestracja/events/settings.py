"""Where events are published."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class PubSubSettings(BaseSettings):
    """Where topics are."""

    model_config = SettingsConfigDict(frozen=True)

    project: str = Field(
        "erejestracja-local",
        validation_alias="GOOGLE_CLOUD_PROJECT",
        description="Google Cloud project of all resources.",
    )
