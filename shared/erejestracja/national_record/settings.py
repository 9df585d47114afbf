"""Which national record doses are sent to."""

from typing import TYPE_CHECKING

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

if TYPE_CHECKING:
    from erejestracja.national_record.fhir_record import FhirRecord


class RecordSettings(BaseSettings):
    """Which national record keeps our doses."""

    model_config = SettingsConfigDict(env_prefix="RECORD_", frozen=True)

    url: str = Field(description="Its FHIR address, up to the name of the resource.")
    token: SecretStr = Field(SecretStr(""), description="Its token, from Secret Manager.")
    timeout_s: float = Field(
        10, gt=0, le=30, description="One call; the same version sent twice is there once."
    )


def open_record(settings: RecordSettings) -> "FhirRecord":
    """Return the record of the settings."""
    from erejestracja.national_record.fhir_record import FhirRecord, open_session

    return FhirRecord(open_session(settings), settings)
