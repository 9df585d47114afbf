"""A point's vials over HTTP: what is there, what came, what went."""

from typing import Annotated, Literal, Protocol, Self

from pydantic import Field, model_validator

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import InvalidRequest, NotAllowed, Overloaded
from erejestracja.domain.ids import PointId, VaccineCode, derived_id
from erejestracja.domain.vials import MOST_DOSES, Lot, WasteReason
from erejestracja.services import vials
from erejestracja.services.clinic import Clinic
from erejestracja.services.vials import Move, Product
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Header, Route
from erejestracja.web.vaccination_models import Day, LotField, lot_of

KEEPERS = frozenset({Role.MEDIC, Role.ADMIN, Role.PARTNER})
REPEAT = Header("Idempotency-Key", "A repeat with the same key is entered once.", required=True)
DELIVERED = ("vaccine", "expires_on", "doses_per_vial")


class Services(Protocol):
    """What these routes need of a suite."""

    @property
    def clinic(self) -> Clinic:
        """The use cases of a point's day."""
        ...


class EntryBody(RequestModel):
    """A line of the ledger: a delivery names the product, waste why, a transfer where to."""

    movement: Literal["delivery", "waste", "return", "transfer"]
    lot: LotField
    doses: Annotated[int, Field(ge=1, le=MOST_DOSES)]
    vaccine: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    expires_on: Day | None = None
    doses_per_vial: Annotated[int, Field(ge=1, le=50)] | None = None
    reason: WasteReason | None = Field(None, strict=False)
    to_point: Annotated[str, Field(max_length=16)] | None = None

    @model_validator(mode="after")
    def _names_what_it_moves(self) -> Self:
        named = {name for name in (*DELIVERED, "reason", "to_point") if getattr(self, name)}
        wanted = {
            "delivery": set(DELIVERED),
            "waste": {"reason"},
            "return": set(),
            "transfer": {"to_point"},
        }[self.movement]
        if named != wanted:
            raise ValueError(f"a {self.movement} names {sorted(wanted) or 'nothing'} besides")
        return self


class LotAnswer(AnswerModel):
    """A lot as it stands; `vials` counts an open one."""

    lot: str
    vaccine: str
    expires_on: str
    doses_per_vial: int
    doses: int
    vials: int


class StockAnswer(AnswerModel):
    """A point's lots, those that expire first first."""

    lots: list[LotAnswer]


def get_stock(call: Call) -> Answer:
    """List the point's lots."""
    services: Services = call.suite
    found = vials.lots(services.clinic, call.caller, PointId(call.params["point"]))
    return Answer(StockAnswer(lots=[lot_answer(lot) for lot in found]))


def post_stock(call: Call) -> Answer:
    """Enter a line of the ledger."""
    body: EntryBody = call.body
    services: Services = call.suite
    move = Move(
        actor=call.caller,
        point=PointId(call.params["point"]),
        lot=lot_of(body.lot),
        doses=body.doses,
        reference=derived_id("stock", call.headers[REPEAT.name]),
    )
    return Answer(lot_answer(_enter(services.clinic, move, body)), 201)


def _enter(clinic: Clinic, move: Move, body: EntryBody) -> Lot:
    if body.vaccine and body.expires_on and body.doses_per_vial:
        product = Product(VaccineCode(body.vaccine), body.expires_on, body.doses_per_vial)
        return vials.deliver(clinic, move, product)
    if body.reason:
        return vials.waste(clinic, move, body.reason)
    if body.to_point:
        return vials.transfer(clinic, move, PointId(body.to_point))
    return vials.give_back(clinic, move)


def lot_answer(lot: Lot) -> LotAnswer:
    """Return a lot as staff see it."""
    return LotAnswer(
        lot=lot.code,
        vaccine=lot.vaccine,
        expires_on=lot.expires_on.isoformat(),
        doses_per_vial=lot.doses_per_vial,
        doses=lot.balance,
        vials=lot.vials,
    )


STOCK = "/v1/points/{point}/stock"
ROUTES = (
    Route(
        "GET",
        STOCK,
        get_stock,
        "The point's vials by lot",
        {200: StockAnswer},
        roles=KEEPERS,
        refusals=(NotAllowed, Overloaded),
        limit="schedule",
    ),
    Route(
        "POST",
        STOCK,
        post_stock,
        "A delivery, waste, a return, a transfer",
        {201: LotAnswer},
        roles=KEEPERS,
        body=EntryBody,
        headers=(REPEAT,),
        refusals=(NotAllowed, InvalidRequest, Overloaded),
        limit="schedule",
    ),
)
