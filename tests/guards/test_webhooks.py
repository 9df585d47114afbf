"""docs/webhooks.md says what is told, and why something was not."""

import re

from erejestracja.domain.webhook import BOTH_SECRETS, MOST_ATTEMPTS, TEST, VISIT, WAITS
from erejestracja.services.deliveries import MOST_AT_ONCE
from erejestracja.webhooks.settings import WebhookSettings
from tests.guards.tree import ROOT

PAGE = (ROOT / "docs/webhooks.md").read_text("utf-8")
SAYING = ("domain/webhook.py", "services/deliveries.py", "webhooks/receivers.py")
REASON = re.compile(r'(?:TryLater|Unwanted|_pause|failed|pausing)\((?:webhook, )?f?"(\w+?)["{]')


def test_every_field_of_a_visit_is_named() -> None:
    [row] = re.findall(r"^\| `visit\.…`.*?\| (.*) \|$", PAGE, re.MULTILINE)
    assert re.findall(r"`(\w+)`", row) == ["point", *VISIT]
    assert f"`{TEST}`" in PAGE


def test_every_reason_is_explained() -> None:
    code = "".join((ROOT / "shared/erejestracja" / file).read_text("utf-8") for file in SAYING)
    told = PAGE.partition("| `reason` |")[2]
    explained = {one.rstrip("…") for one in re.findall(r"`([a-z_…]+)`", told)}
    assert set(REASON.findall(code)) == explained


def test_the_numbers_are_those_of_the_code() -> None:
    assert (MOST_ATTEMPTS, MOST_AT_ONCE) == (9, 4)
    assert WebhookSettings().timeout_s == 5
    assert round(sum(WAITS[1:], WAITS[0]).total_seconds() / 3600) == 16
    assert BOTH_SECRETS.days == 1
