"""Swaps over the store in memory, as over Spanner."""

import pytest

from erejestracja.services.clinic import Clinic
from tests.support.clinic_case import ClinicCase
from tests.support.swaps_contract import JANS, SwapsContract


class TestSwapsInMemory(SwapsContract):
    @pytest.fixture
    def clinic(self) -> Clinic:
        case = ClinicCase()
        case.booked(JANS.patient, JANS.place, starts_at=JANS.starts_at)
        return case.clinic
