"""A file dropped into the bucket of the running suite comes back with a report."""

import os
import random
import time
from datetime import date
from urllib.parse import quote

import requests

from erejestracja.domain.pesel import generate

WITHIN_S = 60
HEADER = "referral,pesel,givenName,familyName,programme,kind,issuedOn,expiresOn\n"


def test_a_dropped_file_is_reported_row_by_row_and_counted_in_the_statistics() -> None:
    number = random.randrange(10_000)
    pesel = generate(date(1961, 3, 8), number)
    row = f"E2E-{number},{pesel},Ewa,Testowa,covid-19,primary,2026-11-02,2027-01-31\n"
    name = f"referrals/e2e-{time.time_ns()}.csv"
    storage = f"{os.environ['STORAGE_EMULATOR_HOST']}"
    stored = requests.post(
        f"{storage}/upload/storage/v1/b/imports/o?uploadType=media&name={quote(name, safe='')}",
        data=(HEADER + row + "no row\n").encode(),
        headers={"Content-Type": "text/csv"},
        timeout=10,
    ).json()
    report = f"reports/{name}.{stored['generation']}.csv"
    address = f"{storage}/storage/v1/b/imports/o/{quote(report, safe='')}?alt=media"
    until = time.monotonic() + WITHIN_S
    while (answer := requests.get(address, timeout=10)).status_code != requests.codes.ok:
        assert time.monotonic() < until, "no report"
        time.sleep(0.2)
    first, second = answer.text.splitlines()[1:]
    assert first.split(";")[1] in {"accepted", "repeated"}
    assert second == "3;refused;wrong_number_of_fields;"
