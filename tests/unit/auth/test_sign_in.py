from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.auth import patients
from erejestracja.auth.form_tokens import FormTokens
from erejestracja.auth.identity import (
    HIGH,
    LOW,
    SUBSTANTIAL,
    Begun,
    SignInFailed,
    Why,
    check_strength,
    identity_of,
)
from erejestracja.auth.sign_in import SealedSignIns, UnderWay, local_path
from erejestracja.domain.actor import Role
from tests.support.builders import NOW, an_actor
from tests.support.exports import a_pesel
from tests.support.web import a_session_of


@pytest.fixture(autouse=True)
def _patient_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PATIENT_KEY", "of-these-tests-only")
    patients._key.cache_clear()
    yield
    patients._key.cache_clear()


BEGUN = Begun("https://login.example/auth", "state", "nonce", "verifier")


class TestWhereASignInLeads:
    @pytest.mark.parametrize("path", ["/moje", "/terminy?day=2026-12-07&radius=25", "/punkt/ab"])
    def test_to_where_the_person_was_going(self, path: str) -> None:
        assert local_path(path) == path

    @pytest.mark.parametrize(
        "path",
        [
            *("", None, "moje", "https://elsewhere.example/", "//elsewhere.example"),
            *("/\\elsewhere.example", "/\t/elsewhere.example", "/ą", "/" + "a" * 2000, "/a b"),
        ],
    )
    def test_home_where_it_could_be_elsewhere(self, path: str | None) -> None:
        assert local_path(path) == "/"

    @given(st.text(st.sampled_from("/\\ab.:@?#\t\n "), max_size=12))
    def test_never_to_another_host(self, text: str) -> None:
        found = local_path(text)
        parts = urlsplit(found)
        assert not parts.scheme
        assert not parts.netloc
        # As browsers read it: backslashes are slashes, tabs and line ends are nothing.
        read = found.replace("\\", "/").replace("\t", "").replace("\n", "")
        assert not read.startswith("//")


class TestASignInUnderWay:
    sealed = SealedSignIns("a key for tests")

    def test_comes_back_as_it_was(self) -> None:
        text = self.sealed.seal(UnderWay(BEGUN, "/moje", again=True))
        found = self.sealed.open(text, "state")
        assert (found.to, found.again) == ("/moje", True)
        assert (found.begun.nonce, found.begun.verifier) == ("nonce", "verifier")

    @pytest.mark.parametrize("state", ["", "another"])
    def test_is_not_another_s(self, state: str) -> None:
        text = self.sealed.seal(UnderWay(BEGUN, "/", again=False))
        with pytest.raises(SignInFailed):
            self.sealed.open(text, state)

    @pytest.mark.parametrize("text", ["", "x", "a.b.c", "a" * 5000])
    def test_is_not_made_up(self, text: str) -> None:
        with pytest.raises(SignInFailed):
            self.sealed.open(text, "state")

    def test_does_not_last(self, monkeypatch: pytest.MonkeyPatch) -> None:
        text = self.sealed.seal(UnderWay(BEGUN, "/", again=False))
        monkeypatch.setattr("erejestracja.auth.sign_in.LIFE_S", -1)
        with pytest.raises(SignInFailed) as failed:
            self.sealed.open(text, "state")
        assert failed.value.why is Why.EXPIRED


def claims(**changes: Any) -> dict[str, Any]:
    """Return what a provider says of a member of staff."""
    said = {
        "sub": "somebody",
        "roles": ["registrar"],
        "points": ["abcdefghij"],
        "given_name": "Piotr",
        "family_name": "Rejestrator",
        "amr": ["pwd", "otp"],
        "acr": HIGH,
        "sid": "s",
    }
    return {name: value for name, value in {**said, **changes}.items() if value is not None}


class TestWhatTheProviderSays:
    def test_names_an_actor(self) -> None:
        found = identity_of(claims())
        assert found.actor.roles == {Role.REGISTRAR}
        assert (found.given_name, found.family_name, found.sid) == ("Piotr", "Rejestrator", "s")
        assert found.second_factor
        check_strength(found)

    @pytest.mark.parametrize(
        "wrong",
        [
            *({"given_name": None}, {"family_name": " "}, {"sub": ""}),
            *({"roles": ["patient"]}, {"roles": "patient"}),
        ],
    )
    def test_must_be_whole(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(SignInFailed) as failed:
            identity_of(claims(**wrong))
        assert failed.value.why is Why.INCOMPLETE

    def test_must_not_contradict_itself(self) -> None:
        pesel = a_pesel()
        born = (pesel.birth_date + timedelta(days=1)).isoformat()
        with pytest.raises(SignInFailed):
            identity_of(claims(roles=["patient"], pesel=str(pesel), birthdate=born))

    def test_must_be_strong_enough_for_health_records(self) -> None:
        patient = {"roles": ["patient"], "pesel": str(a_pesel()), "points": None}
        check_strength(identity_of(claims(**patient, acr=SUBSTANTIAL, amr=None)))
        for acr in (LOW, "", 7, None):
            with pytest.raises(SignInFailed) as failed:
                check_strength(identity_of(claims(**patient, acr=acr)))
            assert failed.value.why is Why.TOO_WEAK

    @pytest.mark.parametrize("amr", [None, [], ["pwd"], "otp", [7]])
    def test_staff_need_a_second_factor(self, amr: Any) -> None:
        with pytest.raises(SignInFailed) as failed:
            check_strength(identity_of(claims(amr=amr)))
        assert failed.value.why is Why.ONE_FACTOR

    def test_whoever_may_do_nothing_is_not_signed_in(self) -> None:
        with pytest.raises(SignInFailed) as failed:
            check_strength(identity_of(claims(roles=["king"])))
        assert failed.value.why is Why.NO_ROLE


class TestSessions:
    def test_end_when_they_are_not_used(self) -> None:
        session = a_session_of(an_actor())
        assert not session.expired(NOW + timedelta(minutes=29))
        assert session.expired(NOW + timedelta(minutes=30))
        used = session.seen(NOW + timedelta(minutes=29))
        assert not used.expired(NOW + timedelta(minutes=58))

    def test_end_however_much_they_are_used(self) -> None:
        at = NOW + timedelta(hours=8)
        assert a_session_of(an_actor()).seen(at - timedelta(minutes=1)).expired(at)

    def test_staff_s_last_a_shift(self) -> None:
        session = a_session_of(an_actor(Role.MEDIC))
        assert not session.expired(NOW + timedelta(minutes=59))
        late = NOW + timedelta(hours=9, minutes=59)
        assert not session.seen(late - timedelta(minutes=5)).expired(late)
        assert session.seen(late).expired(NOW + timedelta(hours=10))


class TestFormTokens:
    tokens = FormTokens("a key for tests")

    def test_are_for_one_session(self) -> None:
        token = self.tokens.issue("mine")
        assert self.tokens.is_for("mine", token)
        assert not self.tokens.is_for("another", token)
        assert not FormTokens("another key").is_for("mine", token)

    @pytest.mark.parametrize("token", [None, "", ".", "a.b", "ą.ć"])
    def test_are_not_made_up(self, token: str | None) -> None:
        assert not self.tokens.is_for("mine", token)

    def test_no_two_are_the_same(self) -> None:
        assert self.tokens.issue("mine") != self.tokens.issue("mine")
