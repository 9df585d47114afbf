"""What a scheduled function answers: it runs its chores and says how much each did."""

from erejestracja.services import chores
from erejestracja.web.routing import Answer, Call, Route, Routes


def run_chores(call: Call) -> Answer:
    """Run all chores; 500 if one failed, so that the scheduler sees it."""
    report = chores.run(call.suite.chores)
    body = {"done": dict(report.done), "failed": list(report.failed)}
    return Answer(body, 500 if report.failed else 200)


def routes_of(function: str) -> Routes:
    """Return the one route of a scheduled function: POST at its root."""
    return Routes(
        function,
        [
            Route(
                "POST", "/", run_chores, "Run the chores", {200: None, 500: None}, reads_body=False
            )
        ],
    )
