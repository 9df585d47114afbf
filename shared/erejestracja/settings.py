"""Settings that functions share: small frozen classes, one per concern, from the environment."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class SpannerSettings(BaseSettings):
    """Where the database is."""

    model_config = SettingsConfigDict(env_prefix="SPANNER_", frozen=True)

    instance: str = Field("erejestracja", description="Spanner instance.")
    database: str = Field("erejestracja", description="Spanner database.")
    instance_config: str = Field(
        "emulator-config",
        description="Configuration of an instance migrate has to create; terraform's is there.",
    )


class RedisSettings(BaseSettings):
    """Where the read model, limits and sessions are cached."""

    model_config = SettingsConfigDict(env_prefix="REDIS_", frozen=True)

    url: SecretStr = Field(SecretStr("redis://127.0.0.1:6379/0"), description="Redis address.")
    timeout_s: float = Field(
        0.1, description="One call; a cache slower than Spanner is no cache.", gt=0
    )


class BookingSettings(BaseSettings):
    """Secrets and times of booking."""

    model_config = SettingsConfigDict(frozen=True)

    hold_key: SecretStr = Field(
        validation_alias="HOLD_KEY",
        description="Signs hold ids, so that a confirmation need not read the hold.",
    )


class WebSettings(BaseSettings):
    """What the web applications share."""

    model_config = SettingsConfigDict(frozen=True)

    web_key: SecretStr = Field(
        validation_alias="WEB_KEY",
        description="Signs forms' tokens and what a sign-in under way remembers.",
    )


class CodeSettings(BaseSettings):
    """What codes in text messages are made with."""

    model_config = SettingsConfigDict(frozen=True)

    code_key: SecretStr = Field(
        validation_alias="CODE_KEY",
        description="Makes the codes that people without a national identity come in by.",
    )


class ModeSettings(BaseSettings):
    """How far a web application is open while work is done on the suite."""

    model_config = SettingsConfigDict(frozen=True)

    pages_mode: Literal["open", "readOnly", "closed"] = Field(
        "open",
        validation_alias="PAGES_MODE",
        description="Whether pages do all, only show (`readOnly`), or say to come back (`closed`).",
    )


class PatientSettings(BaseSettings):
    """How a national identity becomes an opaque patient id."""

    model_config = SettingsConfigDict(frozen=True)

    patient_key: SecretStr = Field(
        validation_alias="PATIENT_KEY",
        description="Keyed digest of identifiers; must never change once people are registered.",
    )


class UpkeepSettings(BaseSettings):
    """How far ahead, and how much at a time."""

    model_config = SettingsConfigDict(frozen=True)

    horizon_days: int = Field(
        60,
        validation_alias="HORIZON_DAYS",
        ge=1,
        le=366,
        description="Sessions are generated this many days ahead.",
    )


class WaitingSettings(BaseSettings):
    """How free places are offered to those who wait."""

    model_config = SettingsConfigDict(env_prefix="WAITING_", frozen=True)

    offer_minutes: int = Field(
        30, ge=5, le=240, description="A place is kept so long for whoever is asked."
    )
    from_hour: int = Field(
        8, ge=0, le=23, description="Nobody is asked before this hour of the day in Poland."
    )
    until_hour: int = Field(20, ge=1, le=24, description="Nor from this hour on.")
    ahead_hours: int = Field(
        3, ge=1, le=72, description="Places that begin sooner are left to whoever finds them."
    )
