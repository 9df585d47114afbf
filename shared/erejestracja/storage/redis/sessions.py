"""Sessions in Redis, by the digest of their id: who reads the store cannot sign in with it."""

import logging
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

from erejestracja.auth.sessions import WebSession
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.errors import Overloaded
from erejestracja.domain.ids import PatientId, PointId, ReferralId
from erejestracja.ports import Clock

if TYPE_CHECKING:
    from redis import Redis

ID_BYTES = 32
# Being in use is noted no more often than this, so that most pages only read.
NOTED_EVERY = timedelta(minutes=1)

log = logging.getLogger(__name__)


class RedisSessions:
    """Port Sessions."""

    def __init__(self, redis: "Redis", clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    def open(self, session: WebSession) -> str:
        """Keep a session and return its id. Raises Overloaded while Redis is away."""
        from redis import RedisError

        session_id = secrets.token_urlsafe(ID_BYTES)
        key, life = _key(session_id), self._life_s(session)
        # Without a transaction: what is cut off half way is a session whose id nobody was told.
        pipe = self._redis.pipeline(transaction=False)
        if session.sid is not None:
            index = _index(session.sid)
            pipe.sadd(index, key)
            pipe.expire(index, int(session.lifetime.whole.total_seconds()))
        pipe.set(key, _text(session), ex=life)
        try:
            pipe.execute()
        except RedisError as away:
            raise Overloaded(retry_after=2) from away
        return session_id

    def get(self, session_id: str) -> WebSession | None:
        """Return a session; None where there is none, or nobody to ask."""
        from redis import RedisError

        key = _key(session_id)
        try:
            text = self._redis.get(key)
        except RedisError as away:
            log.warning("no sessions: %s", type(away).__name__)
            return None
        session = _session(text)
        now = self._clock.now()
        if session is None or session.expired(now):
            return None
        if now - session.seen_at < NOTED_EVERY:
            return session
        seen = session.seen(now)
        self.keep(session_id, seen)
        return seen

    def keep(self, session_id: str, session: WebSession) -> None:
        """Keep a session as it is now; nothing is lost but comfort where Redis is away."""
        from redis import RedisError

        try:
            # Only where it still is: a session that was ended meanwhile must stay so.
            life = self._life_s(session)
            self._redis.set(_key(session_id), _text(session), ex=life, xx=True)
        except RedisError as away:
            log.warning("a session was not kept: %s", type(away).__name__)

    def end(self, session_id: str) -> WebSession | None:
        """End a session and return it. Raises Overloaded: nobody may think they are signed out."""
        from redis import RedisError

        try:
            return _session(self._redis.getdel(_key(session_id)))
        except RedisError as away:
            raise Overloaded(retry_after=2) from away

    def end_all(self, sid: str) -> int:
        """End all sessions of one of the provider's. Raises Overloaded."""
        from redis import RedisError

        index = _index(sid)
        try:
            keys: Any = self._redis.smembers(index)
            return int(self._redis.delete(*keys, index)) - 1 if keys else 0
        except RedisError as away:
            raise Overloaded(retry_after=2) from away

    def _life_s(self, session: WebSession) -> int:
        left: timedelta = session.expires_at() - self._clock.now()
        return max(1, int(left.total_seconds()))


def _key(session_id: str) -> str:
    return f"session:{sha256(session_id.encode()).hexdigest()}"


def _index(sid: str) -> str:
    return f"sid:{sha256(sid.encode()).hexdigest()}"


def _text(session: WebSession) -> bytes:
    actor = session.actor
    return orjson.dumps(
        {
            "subject": actor.subject,
            "roles": sorted(actor.roles),
            "patient": actor.patient,
            "points": sorted(actor.points),
            "region": actor.region,
            "givenName": session.given_name,
            "familyName": session.family_name,
            "assurance": session.assurance,
            "signedInAt": session.signed_in_at.isoformat(),
            "seenAt": session.seen_at.isoformat(),
            "sid": session.sid,
            "referral": session.referral,
            "actingFor": session.acting_for,
            "defaults": dict(session.defaults),
        }
    )


def _session(text: Any) -> WebSession | None:
    if text is None:
        return None
    found = orjson.loads(text)
    patient = found["patient"]
    # Sessions of the version before this one do not say these.
    acting_for, referral = found.get("actingFor"), found.get("referral")
    return WebSession(
        actor=Actor(
            subject=found["subject"],
            roles=frozenset(Role(role) for role in found["roles"]),
            patient=PatientId(patient) if patient else None,
            points=frozenset(PointId(point) for point in found["points"]),
            region=found.get("region"),
        ),
        given_name=found["givenName"],
        family_name=found["familyName"],
        assurance=found["assurance"],
        signed_in_at=datetime.fromisoformat(found["signedInAt"]),
        seen_at=datetime.fromisoformat(found["seenAt"]),
        sid=found["sid"],
        referral=ReferralId(referral) if referral else None,
        acting_for=PatientId(acting_for) if acting_for else None,
        defaults=found["defaults"],
    )
