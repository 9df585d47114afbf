"""The parts of the suite that only the web applications ask for."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redis import Redis

    from erejestracja.auth.form_tokens import FormTokens
    from erejestracja.auth.openid import OpenId
    from erejestracja.auth.sign_in import SealedSignIns
    from erejestracja.ports import Clock
    from erejestracja.services.calls import Hotline
    from erejestracja.services.code_way import Entrance
    from erejestracja.services.desk import Desk
    from erejestracja.storage.redis.sessions import RedisSessions
    from erejestracja.storage.spanner.callbacks import SpannerCallbacks
    from erejestracja.storage.spanner.database import Database
    from erejestracja.web.ui.assets import Assets
    from erejestracja.web.ui.modes import Mode


class WebParts:
    """Sessions, forms and files; each part is built when it is first asked for."""

    if TYPE_CHECKING:

        @cached_property
        def database(self) -> Database: ...

        @cached_property
        def desk(self) -> Desk: ...

        @cached_property
        def callbacks(self) -> SpannerCallbacks: ...

        @cached_property
        def clock(self) -> Clock: ...

        @cached_property
        def redis(self) -> Redis: ...

    @cached_property
    def sessions(self) -> "RedisSessions":
        """Return who is signed in to the web applications."""
        from erejestracja.storage.redis.sessions import RedisSessions

        return RedisSessions(self.redis, self.clock)

    @cached_property
    def form_tokens(self) -> "FormTokens":
        """Return what tells our own forms from others'."""
        from erejestracja.auth.form_tokens import FormTokens
        from erejestracja.settings import WebSettings

        return FormTokens(WebSettings().web_key.get_secret_value())

    @cached_property
    def mode(self) -> "Mode":
        """Return how far the web application is open."""
        from erejestracja.settings import ModeSettings
        from erejestracja.web.ui.modes import Mode

        return Mode(ModeSettings().pages_mode)

    @cached_property
    def sign_ins(self) -> "SealedSignIns":
        """Return what remembers sign-ins under way."""
        from erejestracja.auth.sign_in import SealedSignIns
        from erejestracja.settings import WebSettings

        return SealedSignIns(WebSettings().web_key.get_secret_value())

    @cached_property
    def identities(self) -> "OpenId":
        """Return who vouches for people."""
        from erejestracja.auth.openid import open_identities
        from erejestracja.auth.settings import AuthSettings, SignInSettings

        return open_identities(AuthSettings(), SignInSettings())

    @cached_property
    def entrance(self) -> "Entrance":
        """Return the way in by a code."""
        from erejestracja.auth.codes import open_codes
        from erejestracja.services.code_way import Entrance
        from erejestracja.storage.redis.challenges import RedisChallenges
        from erejestracja.storage.spanner.messages import Messages

        messages = Messages(self.database)
        return Entrance(self.desk, RedisChallenges(self.redis), open_codes(), messages)

    @cached_property
    def assets(self) -> "Assets":
        """Return the files for browsers."""
        from erejestracja.web.ui.assets import Assets

        return Assets()

    @cached_property
    def hotline(self) -> "Hotline":
        """Return the hotline: the booking desk, call records, and what happened before."""
        from erejestracja.services.calls import Hotline
        from erejestracja.storage.spanner.calls import SpannerCalls
        from erejestracja.storage.spanner.history import SpannerHistory

        return Hotline(
            desk=self.desk,
            calls=SpannerCalls(self.database),
            history=SpannerHistory(self.database),
            callbacks=self.callbacks,
        )
