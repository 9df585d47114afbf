"""What a scheduled function answers: it runs its chores and says how much each did."""

from erejestracja.services import chores
from erejestracja.web.routing import Answer, Call, Route, Routes


def routes_of(function: str) -> Routes:
    """Return the one route of a scheduled function: POST at its root."""

    def run_chores(call: Call) -> Answer:
        """Run all chores; 500 if one failed, so that the scheduler sees it."""
        report = chores.run(call.suite.chores_of(function))
        body = {"done": dict(report.done), "failed": list(report.failed)}
        return Answer(body, 500 if report.failed else 200)

    answers = {200: None, 500: None}
    return Routes(
        function, [Route("POST", "/", run_chores, "Run the chores", answers, reads_body=False)]
    )
