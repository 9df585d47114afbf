"""What must stand in no file of the repository."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guards.tree import files, text

# Written in pieces, so that this file does not hold what it looks for.
FORBIDDEN = {
    "a path of somebody's machine": r"/(?:work|farm|root|home)/\w",
    "a note of work not done": r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b",
    "a body not written": "NotImplemented" + "Error",
    "a skip without a reason": r"mark\.skip(?:\(\s*\)|\s*$)",
    "a place a lock was downloaded from": r"resolved\"?:\s*\"https?:" + "//",
}
# month codes of the PESEL for 1900-1999 and 2000-2099
OF_THE_LIVING = (*range(1, 13), *range(21, 33))
WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
# Digests hold runs of digits too; lines that say what they are hold nothing else.
DIGEST = re.compile(r"sha(?:256|384|512)[:-]")


def lines() -> Iterator[tuple[Path, int, str]]:
    for file in files():
        for number, line in enumerate(text(file).splitlines(), 1):
            yield file, number, line


@pytest.mark.parametrize("what", sorted(FORBIDDEN))
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    assert not [f"{file}:{number}" for file, number, line in lines() if pattern.search(line)]


def could_be_somebody(digits: str) -> bool:
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=False))
    month, day = int(digits[2:4]), int(digits[4:6])
    return month in OF_THE_LIVING and 1 <= day <= 31 and (10 - total % 10) % 10 == int(digits[10])


def test_no_file_holds_a_pesel_that_could_be_somebodys() -> None:
    assert not [
        f"{file}:{number}"
        for file, number, line in lines()
        if not DIGEST.search(line)
        for run in re.findall(r"(?<!\d)\d{11}(?!\d)", line)
        if could_be_somebody(run)
    ]


def test_the_scan_knows_a_living_persons_number_from_an_impossible_one() -> None:
    def with_check_digit(ten: str) -> str:
        total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, ten, strict=True))
        return ten + str((10 - total % 10) % 10)

    assert could_be_somebody(with_check_digit("8501" + "010000"))
    assert could_be_somebody(with_check_digit("0521" + "010000"))
    assert not could_be_somebody(with_check_digit("0541" + "010000"))
    right = with_check_digit("8501" + "010000")
    assert not could_be_somebody(right[:-1] + str((int(right[-1]) + 1) % 10))
