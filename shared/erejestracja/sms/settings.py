"""Which gateway sends our messages, and how it proves that receipts are its own."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

if TYPE_CHECKING:
    from erejestracja.sms.gateway import Noop, NoopFail
    from erejestracja.sms.smsapi import Smsapi


class SmsSettings(BaseSettings):
    """Which gateway sends our text messages."""

    model_config = SettingsConfigDict(env_prefix="SMS_", frozen=True)

    provider: Literal["noop", "noop_fail", "smsapi"] = Field(
        "noop", description="Gateway to use; `noop` sends nothing, `noop_fail` is always down."
    )
    url: str = Field("https://api.smsapi.pl", description="Its address.")
    token: SecretStr = Field(SecretStr(""), description="Its token, from Secret Manager.")
    sender: str = Field(
        "e-Zdrowie", description="The registered sender name; empty for the account's own."
    )
    dialogue_sender: str = Field(
        "2way",
        description="What dialogues come from: the number that people write to, as the gateway "
        "names it; `2way` is one that it lends.",
    )
    timeout_s: float = Field(
        10, gt=0, le=30, description="One call; what was taken but not answered is not sent twice."
    )
    receipts_token: SecretStr = Field(
        SecretStr(""),
        description="What the gateway shows us with each receipt and message; empty refuses all.",
    )


def open_gateway(settings: SmsSettings) -> "Noop | NoopFail | Smsapi":
    """Return the gateway of the settings."""
    from erejestracja.sms.gateway import Noop, NoopFail
    from erejestracja.sms.smsapi import Smsapi, open_session

    match settings.provider:
        case "smsapi":
            return Smsapi(open_session(settings), settings)
        case "noop_fail":
            return NoopFail()
        case _:
            return Noop()
