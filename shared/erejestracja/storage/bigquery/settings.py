"""Where statistics go, and what hides people in them."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ReportingSettings(BaseSettings):
    """Where statistics go."""

    model_config = SettingsConfigDict(frozen=True)

    dataset: str = Field(
        "statistics", validation_alias="BIGQUERY_DATASET", description="BigQuery dataset of events."
    )
    person_key: SecretStr = Field(
        validation_alias="REPORTING_KEY",
        min_length=1,
        description="Keyed digest that makes a person's pseudonym; changing it cuts all histories.",
    )
