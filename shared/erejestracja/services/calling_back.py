"""Calling back: an agent takes who is next, shows a sign of life, and says how it went."""

from erejestracja.domain.actor import Actor
from erejestracja.domain.call import Call, Caller, CallId, Outcome
from erejestracja.domain.callback import RESULTS, Callback, Move, Result
from erejestracja.domain.errors import Overloaded, VersionMismatch
from erejestracja.domain.ids import derived_id
from erejestracja.ports import Clash
from erejestracja.services import calls
from erejestracja.services.callbacks import callback_event, phone_for
from erejestracja.services.calls import Hotline, check_agent
from erejestracja.services.record import note_access

# Agents who ask at the same moment meet at the first; who loses it takes any of the next few.
LOOKED_AT = 20
TRIES = 8


def take_next(hotline: Hotline, actor: Actor, request_id: str) -> Call | None:
    """Return a call with who is next; the agent's open call if there is one, None if nobody waits.

    The person is named and masked, as any caller is until they confirm who they are. Raises
    NotAllowed, Overloaded.
    """
    check_agent(actor)
    for nth in range(TRIES):
        already = hotline.calls.open_of(actor.subject)
        if already is not None:
            return already
        now = hotline.desk.clock.now()
        free = hotline.callbacks.next(now, LOOKED_AT)
        if not free:
            return None
        chosen = free[0] if nth == 0 else hotline.desk.random.choice(free)
        unique = CallId(derived_id("call", chosen.id, str(chosen.version)))
        people = (Caller(chosen.patient),)
        call = Call(unique, actor.subject, now, people, callback=chosen.id)
        taken = chosen.taken(actor.subject, call.id, now)
        told = [callback_event(taken, Move.TAKEN, now)]
        try:
            at = hotline.callbacks.take(taken, call, told)
        except Clash:
            continue
        hotline.desk.publisher.publish(told, at)
        if chosen.patient is not None:
            note_access(hotline.desk, actor, chosen.patient, "person.identified", request_id)
        return call
    raise Overloaded(retry_after=1)


def still_with(hotline: Hotline, call: Call) -> Callback | None:
    """Return the call back that an open call is, and keep it the agent's; None where it is not.

    The agent's looking at it is the sign of life: once half the lease is over it costs a commit.
    """
    found = hotline.callbacks.get(call.callback) if call.callback else None
    if found is None or not found.is_with(call.id):
        return None
    now = hotline.desk.clock.now()
    if not found.needs_sign(now):
        return found
    alive = found.alive(now)
    try:
        hotline.callbacks.move(alive, Move.ALIVE)
    except Clash:
        return None
    return alive


def number_of(hotline: Hotline, callback: Callback) -> str | None:
    """Return the number to ring: the person's as it stands now, else the one that was left."""
    if callback.patient is None:
        return callback.number
    records = hotline.desk.records
    visit = records.visit(callback.visit) if callback.visit else None
    known = phone_for(records.person(callback.patient), visit and visit[0])
    return known or callback.number


def end(hotline: Hotline, call: Call, outcome: Outcome) -> Call:
    """End a call that is a call back, and with it the attempt, both or neither.

    What the agent has lost meanwhile is another's to end: then only the call ends.
    """
    found = hotline.callbacks.get(call.callback) if call.callback else None
    if found is None or not found.is_with(call.id):
        return calls.end(hotline, call, outcome)
    now = hotline.desk.clock.now()
    result = RESULTS.get(outcome, Result.REACHED)
    ended = call.ended(outcome, now)
    tried = found.tried(result, now)
    told = [callback_event(tried, Move.TRIED, now, result)]
    try:
        at = hotline.callbacks.settle(tried, result, ended, told)
    except Clash:
        raise VersionMismatch from None
    hotline.desk.publisher.publish(told, at)
    return ended


def owe(hotline: Hotline, actor: Actor, number: str) -> Callback:
    """Owe a call to a number that met a full line. Raises NotAllowed, InvalidRequest."""
    check_agent(actor)
    return hotline.owed.after_overload(number)
