"""Settings of what is kept in Cloud Storage."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ImportSettings(BaseSettings):
    """Where files are dropped."""

    model_config = SettingsConfigDict(env_prefix="IMPORTS_", frozen=True)

    bucket: str = Field("imports", description="Bucket that files are dropped into.")
