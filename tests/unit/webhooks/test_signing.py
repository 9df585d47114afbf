from datetime import UTC, datetime

import pytest
from cryptography.fernet import InvalidToken
from standardwebhooks import Webhook

from erejestracja.webhooks.signing import Vault

# The example of the scheme's own libraries and page.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
AT = datetime.fromtimestamp(1614265330, UTC)
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def sealed(vault: Vault, secret: str) -> str:
    return vault._seal.encrypt(secret.encode()).decode()


def test_it_signs_as_the_scheme_says() -> None:
    vault = Vault("key")
    told = vault.headers([sealed(vault, SECRET)], "msg_p5jXN8AQM9LWM0D4loKWxJek", AT, BODY)
    assert told == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


def test_each_secret_verifies_what_both_signed() -> None:
    vault, now = Vault("key"), datetime.now(UTC)
    (first, first_sealed), (second, second_sealed) = vault.new(), vault.new()
    told = dict(vault.headers([second_sealed, first_sealed], "msg_1", now, BODY))
    for secret in (first, second):
        assert Webhook(secret).verify(BODY, told) == {"test": 2432232314}


def test_a_secret_is_of_the_schemes_form_and_length_and_never_the_same() -> None:
    shown = {Vault("key").new()[0] for _ in range(3)}
    assert len(shown) == 3
    assert all(one.startswith("whsec_") and len(one) == len("whsec_") + 44 for one in shown)


def test_what_is_sealed_shows_nothing_and_opens_by_our_keys_only() -> None:
    shown, kept = Vault("old").new()
    assert shown not in kept
    assert Vault("new old").headers([kept], "msg_1", AT, BODY)
    with pytest.raises(InvalidToken):
        Vault("new").headers([kept], "msg_1", AT, BODY)
