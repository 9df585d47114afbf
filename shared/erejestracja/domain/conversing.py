"""What a dialogue asks, what it understands, and when it is over (domain 2.4).

Pure: what has to be looked up or done is a task of whoever drives a dialogue, who tells by `found`
what came of it. A message is answered by one message at most, and never with what it said.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from erejestracja.domain import postal
from erejestracja.domain.dialogue import (
    Booked,
    Dialogue,
    Finding,
    Identified,
    Lost,
    Named,
    NothingFree,
    Proposed,
    Reply,
    Standing,
    State,
    Step,
    Task,
    Unknown,
)
from erejestracja.domain.document import InvalidIdentifier, normalised
from erejestracja.domain.folding import folded
from erejestracja.domain.notice import Template
from erejestracja.domain.pesel import InvalidPesel, Pesel

START = "szczepimysie"
STOP = frozenset({"stop", "koniec"})
# Our three languages', since a telephone in Cyrillic writes its own letters where ours look alike.
YES = frozenset({"t", "tak", "y", "yes", "т", "так"})
NO = frozenset({"n", "nie", "no", "н", "ні"})

MOST_TRIES = 3
MOST_UNCLEAR = 2
MOST_PROPOSALS = 5
# So that a machine that answers our answers is not answered for ever.
MOST_A_DAY = 5
A_DAY = timedelta(days=1)
# A place is kept no longer than a person may think about it.
ANSWER_WITHIN = timedelta(minutes=15)
SILENT_FOR = timedelta(days=1)
# Who has had no answer for so long has put the telephone away.
ANSWERED_WITHIN = timedelta(hours=1)

DOCUMENT = re.compile(r"(?=.*[0-9])(?=.*[A-Z])[A-Z0-9]{5,20}", re.ASCII)
POSTAL_CODE = re.compile(r"(?<![0-9])[0-9]{2}-?[0-9]{3}(?![0-9])", re.ASCII)


def heard(dialogue: Dialogue, text: str, now: datetime) -> Step:
    """Return what comes of a message."""
    recent = tuple(at for at in dialogue.begun if now - at < A_DAY)
    dialogue = replace(dialogue, begun=recent)
    words = re.findall(r"\w+", folded(text))
    if "".join(words) == START:
        return _begun(dialogue, now)
    if words[:1] and words[0] in STOP:
        return Step(_over(dialogue), tasks=_released(dialogue))
    return STATES[dialogue.state](dialogue, text, now)


def silent(dialogue: Dialogue, now: datetime) -> Step:
    """Return what comes of hearing nothing until now: nothing, while there is time."""
    if not dialogue.is_open or dialogue.until is None or now < dialogue.until:
        return Step(dialogue)
    return _given_up(dialogue, now)


def found(dialogue: Dialogue, finding: Finding, now: datetime) -> Step:
    """Return what comes of a finding, after a step that asked for it."""
    match finding:
        case Identified(patient):
            asked = _waiting(dialogue, State.PLACE, now)
            return _said(replace(asked, patient=patient), "askPlace", now)
        case Proposed():
            return _proposed(dialogue, finding)
        case NothingFree():
            known = replace(dialogue, on_file=finding.on_file, language=finding.language)
            return _nothing(known, now)
        case Booked():
            return Step(_over(dialogue))
        case Lost():
            return _another(dialogue, now, _released(dialogue))
    return _refused(dialogue, finding, now)


def _begun(dialogue: Dialogue, now: datetime) -> Step:
    if len(dialogue.begun) >= MOST_A_DAY:
        return Step(_over(dialogue), tasks=_released(dialogue))
    begun = _waiting(_over(dialogue), State.PERSON, now)
    begun = replace(begun, begun=(*dialogue.begun, now))
    return _said(begun, "askPerson", now, {}, _released(dialogue))


def _idle(dialogue: Dialogue, _: str, now: datetime) -> Step:
    if dialogue.helped_at is not None and now - dialogue.helped_at < A_DAY:
        return Step(dialogue)
    return _said(replace(dialogue, helped_at=now), "begin", now)


def _person(dialogue: Dialogue, text: str, now: datetime) -> Step:
    named = _named(text)
    if named is None:
        return _missed(dialogue, "wrongNumber", now)
    return Step(dialogue, tasks=(Task.IDENTIFY,), named=named)


def _place(dialogue: Dialogue, text: str, now: datetime) -> Step:
    written = POSTAL_CODE.search(text)
    if written is None or postal.centre(written[0]) is None:
        return _missed(dialogue, "askPlace", now)
    known = replace(dialogue, postal_code=postal.normalised(written[0]), misses=0)
    return Step(known, tasks=(Task.LOOK_UP,))


def _answer(dialogue: Dialogue, text: str, now: datetime) -> Step:
    word = next(iter(re.findall(r"\w+", folded(text))), "")
    if word in YES:
        return Step(dialogue, tasks=(Task.BOOK,))
    if word not in NO:
        return _missed(dialogue, "unclear", now, most=MOST_UNCLEAR)
    proposal = dialogue.proposal
    declined = (*dialogue.declined, *([proposal.session] if proposal else []))
    return _another(replace(dialogue, declined=declined, proposal=None), now, _released(dialogue))


STATES: Mapping[State, Callable[[Dialogue, str, datetime], Step]] = {
    State.IDLE: _idle,
    State.PERSON: _person,
    State.PLACE: _place,
    State.ANSWER: _answer,
}


def _named(text: str) -> Named | None:
    try:
        return Named(pesel=Pesel.parse(text))
    except InvalidPesel:
        pass
    try:
        number = normalised(text)
    except InvalidIdentifier:
        return None
    return Named(document=number) if DOCUMENT.fullmatch(number) else None


def _missed(
    dialogue: Dialogue, template: Template, now: datetime, *, most: int = MOST_TRIES - 1
) -> Step:
    """Ask once more, as often as that may be; then it is over."""
    misses = dialogue.misses + 1
    if misses > most:
        return _given_up(dialogue, now)
    again = replace(dialogue, misses=misses)
    if dialogue.state is not State.ANSWER:  # a place is not kept the longer for it
        again = replace(again, until=now + SILENT_FOR)
    return _said(again, template, now, {"left": str(MOST_TRIES - misses)})


def _another(dialogue: Dialogue, now: datetime, tasks: tuple[Task, ...] = ()) -> Step:
    if dialogue.proposals >= MOST_PROPOSALS:
        return _nothing(dialogue, now, tasks)
    return Step(dialogue, tasks=(*tasks, Task.PROPOSE))


def _proposed(dialogue: Dialogue, finding: Proposed) -> Step:
    """Say what is kept: as a proposal, or as one instead of what was not declined but lost."""
    kept = finding.proposal
    lost = dialogue.proposal and dialogue.proposal.facts != kept.facts
    template: Template = "proposedAnew" if lost else "proposed"
    known = replace(
        dialogue,
        state=State.ANSWER,
        until=kept.until,
        misses=0,
        on_file=finding.on_file,
        language=finding.language,
        proposal=kept,
        proposals=dialogue.proposals + 1,
    )
    return Step(known, Reply(template, known.language, kept.until, kept.facts))


def _refused(dialogue: Dialogue, finding: Unknown | Standing, now: datetime) -> Step:
    """Say why there is no place, to whom that may be said; the dialogue is over.

    All others hear the same, whether they mean nobody or somebody, and in the same language.
    """
    over, tasks = _over(dialogue), _released(dialogue)
    if isinstance(finding, Standing) and finding.on_file:
        facts = {"startsAt": finding.starts_at.isoformat()}
        said = _said(replace(over, language=finding.language), "standing", now, facts, tasks)
        return replace(said, dialogue=over)
    return _said(over, "noReferral", now, {}, tasks)


def _nothing(dialogue: Dialogue, now: datetime, tasks: tuple[Task, ...] = ()) -> Step:
    """Say that nothing is near, and that somebody will call; the dialogue is over."""
    facts = {"postalCode": dialogue.postal_code}
    said = _said(dialogue, "noPlace", now, facts, (*tasks, Task.CALL_BACK))
    return replace(said, dialogue=_over(dialogue))


def _given_up(dialogue: Dialogue, now: datetime) -> Step:
    """Say how to begin anew, and that a place is not kept any more; the dialogue is over."""
    template: Template = "startAgain" if dialogue.proposal else "begin"
    said = _said(dialogue, template, now, {}, _released(dialogue))
    return replace(said, dialogue=_over(dialogue))


def _said(
    dialogue: Dialogue,
    template: Template,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
    tasks: tuple[Task, ...] = (),
) -> Step:
    reply = Reply(template, dialogue.language, now + ANSWERED_WITHIN, facts or {})
    return Step(dialogue, reply, tasks)


def _waiting(dialogue: Dialogue, state: State, now: datetime) -> Dialogue:
    return replace(dialogue, state=state, until=now + SILENT_FOR, misses=0)


def _over(dialogue: Dialogue) -> Dialogue:
    """Return it as over: only what limits the next ones is remembered."""
    return Dialogue(begun=dialogue.begun, helped_at=dialogue.helped_at)


def _released(dialogue: Dialogue) -> tuple[Task, ...]:
    return (Task.RELEASE,) if dialogue.proposal else ()
