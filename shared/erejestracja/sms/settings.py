"""Which gateway sends our messages, how fast, and how it proves that receipts are its own."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class SmsSettings(BaseSettings):
    """Which gateway sends our text messages."""

    model_config = SettingsConfigDict(env_prefix="SMS_", frozen=True)

    provider: Literal["noop", "noop_fail", "smsapi"] = Field(
        "noop", description="Gateway: `smsapi`, `noop` (sends nothing) or `noop_fail` (is down)."
    )
    url: str = Field("https://api.smsapi.pl", description="The gateway's address.")
    token: SecretStr = Field(SecretStr(""), description="The gateway's token for us.")
    sender: str = Field("", description="Sender name registered there; empty for the account's.")
    timeout_s: float = Field(
        10, gt=0, le=30, description="One call; what was taken but not answered is not sent twice."
    )
    rate_per_s: float = Field(
        100, gt=0, description="Messages a second of all instances together, as the contract says."
    )


class ReceiptSettings(BaseSettings):
    """How the gateway proves that a delivery receipt is its own."""

    model_config = SettingsConfigDict(frozen=True)

    receipts_token: SecretStr = Field(
        validation_alias="SMS_RECEIPTS_TOKEN",
        min_length=1,
        description="Secret in the address that the gateway was given for receipts.",
    )
