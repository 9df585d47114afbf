"""The one place that builds the real world: late, once, and only the parts a function asks for."""

import gc
import os
import random
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from erejestracja import logs
from erejestracja.auth.settings import AuthSettings, LimitSettings
from erejestracja.bootstrap.dialogues import DialogueParts
from erejestracja.bootstrap.files import FileParts
from erejestracja.bootstrap.owed import OwedParts
from erejestracja.bootstrap.points import PointParts
from erejestracja.bootstrap.waiting import WaitingParts
from erejestracja.bootstrap.web import WebParts
from erejestracja.bootstrap.webhooks import WebhookParts
from erejestracja.settings import BookingSettings, RedisSettings
from erejestracja.web.health import Check, Health

if TYPE_CHECKING:
    from collections.abc import Mapping

    from redis import Redis

    from erejestracja.auth.tokens import AccessTokens
    from erejestracja.events.publisher import PubSubPublisher
    from erejestracja.ports import Limiter, Programmes
    from erejestracja.services.availability import Follower
    from erejestracja.services.chores import Chore
    from erejestracja.services.clinic import Clinic
    from erejestracja.services.desk import Desk
    from erejestracja.services.dispatch import Dispatcher
    from erejestracja.services.record_export import Exporter
    from erejestracja.services.reporting import Reporter
    from erejestracja.services.search import Search
    from erejestracja.services.work_list import WorkList
    from erejestracja.storage.redis.readmodel import RedisReadModel
    from erejestracja.storage.spanner.closures import SpannerHits
    from erejestracja.storage.spanner.database import Database
    from erejestracja.storage.spanner.exports import SpannerExports
    from erejestracja.storage.spanner.messages import Messages
    from erejestracja.storage.spanner.outbox import Outbox
    from erejestracja.storage.spanner.replans import SpannerReplans
    from erejestracja.web.search import AnswerCache


RANDOM = random.Random()
# Workers are forked from one process; they must not draw the same lots and ids.
os.register_at_fork(after_in_child=RANDOM.seed)


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        """Return the instant, in UTC."""
        return datetime.now(UTC)


class Suite(DialogueParts, FileParts, OwedParts, PointParts, WaitingParts, WebhookParts, WebParts):
    """The parts of the suite, each built when it is first asked for and then kept.

    Nothing is connected before that: a function that only answers from its cache opens nothing.
    """

    def __init__(self, function: str) -> None:
        self._function = function

    @cached_property
    def clock(self) -> SystemClock:
        """Return the real clock."""
        return SystemClock()

    @cached_property
    def database(self) -> "Database":
        """Return Spanner."""
        from erejestracja.storage.spanner.database import open_database

        return open_database()

    @cached_property
    def redis(self) -> "Redis":
        """Return the Redis client; it connects on its first call."""
        from erejestracja.storage.redis.client import open_client

        return open_client(RedisSettings())

    @cached_property
    def firestore(self) -> Any:
        """Return the Firestore client."""
        from google.cloud import firestore

        return firestore.Client()

    @cached_property
    def tokens(self) -> "AccessTokens":
        """Return what verifies access tokens."""
        from erejestracja.auth.tokens import open_tokens

        return open_tokens(AuthSettings())

    @cached_property
    def limiter(self) -> "Limiter":
        """Return the counter of requests by caller; public reading is counted without IO."""
        return {
            "search": self._local_limiter,
            "sms_inbound": self._local_limiter,
            "schedule": self._local_limiter,
            "vaccination": self._shared_limiter,
            "booking": self._shared_limiter,
            "sms_dispatch": self._shared_limiter,
            "hotline_web": self._shared_limiter,
            "patient_web": self._shared_limiter,
            "point_web": self._shared_limiter,
            "identity": self._local_limiter,
        }[self._function]()

    def _local_limiter(self) -> "Limiter":
        from erejestracja.auth.limits import LocalLimiter, NoLimiter

        factor = LimitSettings().factor
        return NoLimiter() if factor is None else LocalLimiter(factor)

    def _shared_limiter(self) -> "Limiter":
        from erejestracja.storage.redis.limiter import open_limiter

        return open_limiter(RedisSettings(), LimitSettings())

    @cached_property
    def programmes(self) -> "Programmes":
        """Return the programmes' rules."""
        from erejestracja.storage.firestore.programmes import LiveProgrammes
        from erejestracja.storage.spanner.programmes import ProgrammeDocuments

        return LiveProgrammes(lambda: self.firestore, ProgrammeDocuments(self.database).newest)

    @cached_property
    def publisher(self) -> "PubSubPublisher":
        """Return what tells events to Pub/Sub."""
        from erejestracja.events.publisher import open_publisher

        return open_publisher()

    @cached_property
    def read_model(self) -> "RedisReadModel":
        """Return the search read model."""
        from erejestracja.storage.redis.readmodel import open_read_model

        return open_read_model(self.redis, self.database, self.clock)

    @cached_property
    def search(self) -> "Search":
        """Return what answers public questions."""
        from erejestracja.services.search import Search

        return Search(self.read_model, self.clock)

    @cached_property
    def answers(self) -> "AnswerCache":
        """Return this process's answers of the last second."""
        from erejestracja.web.search import AnswerCache

        return AnswerCache()

    @cached_property
    def follower(self) -> "Follower":
        """Return what keeps the read model in step with events."""
        from erejestracja.services.availability import Follower
        from erejestracja.storage.spanner.stock import SpannerStock

        return Follower(SpannerStock(self.database), self.read_model)

    @cached_property
    def desk(self) -> "Desk":
        """Return the booking desk."""
        from erejestracja.auth.hold_tokens import SealedHolds
        from erejestracja.services.desk import Desk
        from erejestracja.storage.spanner.bookings import Bookings
        from erejestracja.storage.spanner.overrides import SpannerOverrides
        from erejestracja.storage.spanner.records import Records
        from erejestracja.storage.spanner.representations import SpannerRepresentations
        from erejestracja.storage.spanner.stock import SpannerStock

        return Desk(
            bookings=Bookings(self.database),
            records=Records(self.database),
            representations=SpannerRepresentations(self.database),
            overrides=SpannerOverrides(self.database),
            stock=SpannerStock(self.database),
            read_model=self.read_model,
            programmes=self.programmes,
            publisher=self.publisher,
            tokens=SealedHolds(BookingSettings().hold_key.get_secret_value()),
            clock=self.clock,
            random=RANDOM,
        )

    @cached_property
    def hits(self) -> "SpannerHits":
        """Return what closures have done to visits."""
        from erejestracja.storage.spanner.closures import SpannerHits

        return SpannerHits(self.database)

    @cached_property
    def replans(self) -> "SpannerReplans":
        """Return what was planned for when deliveries changed, and whom that hit."""
        from erejestracja.storage.spanner.replans import SpannerReplans

        return SpannerReplans(self.database)

    @cached_property
    def clinic(self) -> "Clinic":
        """Return the day at a point: who comes, doses, vials."""
        from erejestracja.services.clinic import Clinic
        from erejestracja.storage.spanner.day_book import SpannerDayBook
        from erejestracja.storage.spanner.deeds import SpannerDeeds
        from erejestracja.storage.spanner.vials import SpannerVials

        return Clinic(
            desk=self.desk,
            deeds=SpannerDeeds(self.database),
            vials=SpannerVials(self.database),
            day_book=SpannerDayBook(self.database),
            supplies=self.board.supplies,
        )

    @cached_property
    def messages(self) -> "Messages":
        """Return messages to people."""
        from erejestracja.storage.spanner.messages import Messages

        return Messages(self.database)

    @cached_property
    def outbox(self) -> "Outbox":
        """Return what is not archived yet."""
        from erejestracja.storage.spanner.outbox import Outbox

        return Outbox(self.database)

    @cached_property
    def dispatcher(self) -> "Dispatcher":
        """Return what sends text messages."""
        from erejestracja.auth.codes import open_codes
        from erejestracja.services.dispatch import Dispatcher
        from erejestracja.sms.settings import SmsSettings, open_gateway
        from erejestracja.storage.spanner.records import Records

        people, gateway = Records(self.database), open_gateway(SmsSettings())
        parts = (self.messages, people, gateway, self.limiter, self.publisher, self.owed)
        return Dispatcher(*parts, open_codes())

    @cached_property
    def exports(self) -> "SpannerExports":
        """Return how doses fare on their way to the national record."""
        from erejestracja.storage.spanner.exports import SpannerExports

        return SpannerExports(self.database)

    @cached_property
    def work_list(self) -> "WorkList":
        """Return what the national record did not take."""
        from erejestracja.services.work_list import WorkList

        return WorkList(self.exports, self.publisher)

    @cached_property
    def exporter(self) -> "Exporter":
        """Return what sends doses to the national record."""
        from erejestracja.national_record.settings import RecordSettings, open_record
        from erejestracja.services.record_export import Exporter
        from erejestracja.storage.spanner.deeds import SpannerDeeds
        from erejestracja.storage.spanner.exports import Identities

        record = open_record(RecordSettings())
        deeds, people = SpannerDeeds(self.database), Identities(self.database)
        return Exporter(deeds, people, self.exports, record, self.publisher)

    @cached_property
    def reporter(self) -> "Reporter":
        """Return what archives events."""
        from erejestracja.services.reporting import Reporter
        from erejestracja.storage.bigquery.archive import ReportingSettings, open_archive

        settings = ReportingSettings()
        key = settings.person_key.get_secret_value().encode()
        return Reporter(open_archive(settings), self.outbox, key, self.clock.now)

    def chores_of(self, function: str) -> "Mapping[str, Chore]":
        """Return what a scheduled function has to do."""
        return {"upkeep": self._upkeep, "outbox_relay": self._relay}[function]()

    def _relay(self) -> "Mapping[str, Chore]":
        from erejestracja.services.relay import relay

        return {"published": lambda: relay(self.outbox, self.publisher, self.clock, RANDOM)}

    def _upkeep(self) -> "Mapping[str, Chore]":
        from erejestracja.services import upkeep, waiting_list, webhooks, work_list
        from erejestracja.services.callbacks import wake
        from erejestracja.services.dialogue import end_silent
        from erejestracja.services.overrides import lapse
        from erejestracja.services.relay import ask_again
        from erejestracja.services.replanning import bring_back
        from erejestracja.services.settling import settle_forgotten
        from erejestracja.storage.firestore.programmes import mirror
        from erejestracja.storage.spanner.horizon import Horizon
        from erejestracja.storage.spanner.inspection import Inspection
        from erejestracja.storage.spanner.programmes import ProgrammeDocuments

        documents = ProgrammeDocuments(self.database)
        return {
            "holdsExpired": lambda: upkeep.expire_holds(self.desk),
            "editsSettled": lambda: settle_forgotten(self.board),
            "placesBroughtBack": lambda: bring_back(self.board, self.replans),
            "sessionsPublished": lambda: upkeep.extend_horizons(Horizon(self.database), self.board),
            "programmesMirrored": lambda: mirror(self.firestore, documents.newest()),
            "messagesAskedAgain": lambda: ask_again(self.messages, self.publisher, self.clock),
            "placesOffered": lambda: waiting_list.sweep(self.waiting),
            "exportsAskedAgain": lambda: work_list.ask_again(
                self.exports, self.publisher, self.clock
            ),
            "dialoguesEnded": lambda: end_silent(self.clerk),
            "callbacksWoken": lambda: wake(self.callbacks, self.clock),
            "overridesLapsed": lambda: lapse(self.desk),
            "closuresHeard": lambda: self.owed.after_closures(self.hits),
            "fallsHeard": lambda: self.owed.after_closures(self.replans),
            "deliveriesAskedAgain": lambda: webhooks.ask_again(
                self.deliveries, self.publisher, self.clock
            ),
            "statesMended": lambda: upkeep.mend(self.read_model, self.clock),
            "breaches": lambda: upkeep.inspect(
                self.read_model, Inspection(self.database), self.clock
            ),
            "heartbeat": lambda: upkeep.heartbeat(self.publisher, self.clock),
        }

    @cached_property
    def health(self) -> Health:
        """Return what /healthz asks of this function."""
        return {
            "search": self._health_with_redis,
            "booking": self._health_with_redis,
            "vaccination": self._health_with_redis,
            "availability": self._health_with_redis,
            "waiting_list": self._health_with_redis,
            "sms_dispatch": self._health_with_redis,
            "upkeep": self._health_with_redis,
            "identity": self._health_of_sessions,
            "hotline_web": self._health_with_redis,
            "patient_web": self._health_with_redis,
            "point_web": self._health_with_redis,
            "sms_inbound": self._health_with_redis,
            "imports": self._health,
            "schedule": self._health,
            "record_export": self._health,
            "webhooks": self._health,
            "reporting": self._health,
            "outbox_relay": self._health,
        }[self._function]()

    def _health_of_sessions(self) -> Health:
        return Health({"redis": Check(self.redis.ping)})

    def _health(self) -> Health:
        return Health({"spanner": Check(self._ask_spanner)})

    def _health_with_redis(self) -> Health:
        """Spanner is needed, Redis is missed but not needed."""
        redis = Check(self.redis.ping, needed=False)
        return Health({"spanner": Check(self._ask_spanner), "redis": redis})

    def _ask_spanner(self) -> object:
        from erejestracja.storage.spanner.database import key

        return self.database.read("SchemaMigrations", ("Number",), key(1))


# Python looks for unreachable cycles after every 700 new objects and, now and then, through all
# there are: of a read model's million that costs a tenth of booking's time, and hardly anything
# here is a cycle. Measured in docs/benchmarks.md.
COLLECT_AFTER = (50_000, 20, 50)


@cache
def suite() -> Suite:
    """Return this process's suite; logs are structured from here on."""
    gc.set_threshold(*COLLECT_AFTER)
    function = os.environ.get("FUNCTION_TARGET", "local")
    logs.configure(function, os.environ.get("GOOGLE_CLOUD_PROJECT"))
    return Suite(function)
