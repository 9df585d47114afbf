"""The whole suite, for a black box to be: started once, or one that runs already."""

import os
from collections.abc import Iterator

import pytest

from emulators.suite.nation import Nation
from emulators.suite.programs import MARK
from emulators.suite.suite import Choices, Suite
from tests.support.emulators import or_skip

# Small, since what is tested is that all parts work together, not that there are many rows.
NATION = Nation(points=60, days=7)


@pytest.fixture(scope="session", autouse=True)
def front_door_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return where the suite answers; its variables are in the environment.

    With PUBLIC_URL set the tests knock there, at a suite on this machine or in the cloud.
    """
    if url := os.environ.get("PUBLIC_URL"):
        yield url
        return
    suite = Suite(Choices(free_ports=True, nation=NATION), state=tmp_path_factory.mktemp("suite"))
    with or_skip(suite.__enter__):
        # Commands beside the suite find it by its folder.
        os.environ.update({**suite.variables, MARK: str(suite.state.folder)})
        yield suite.public_url
