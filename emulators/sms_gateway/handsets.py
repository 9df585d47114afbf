"""Handsets: what people write, told to whoever owns the number until they say OK."""

import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

FIRST_RETRY_S, MOST_TRIES, TIMEOUT_S = 0.2, 8, 10
MOST_COPIES = 8


class Handsets:
    """All of them; their messages are told to one address."""

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def are_heard(self) -> bool:
        """Tell whether anybody hears what they write."""
        return bool(self._url)

    def write(self, said: Mapping[str, Any]) -> list[int]:
        """Tell a message, in as many copies at once as asked; return how each was answered.

        The same `id` and `at` make it the same message, delivered again.
        """
        fields = {
            "sms_to": said["to"],
            "sms_from": said["from"],
            "sms_text": said["text"],
            "sms_date": str(said.get("at") or int(time.time())),
            "username": "erejestracja",
            "MsgId": str(said.get("id") or uuid.uuid4().hex[:24].upper()),
        }
        copies = max(1, min(int(said.get("copies", 1)), MOST_COPIES))
        with ThreadPoolExecutor(copies) as pool:
            return list(pool.map(lambda _: self._tell(fields), range(copies)))

    def _tell(self, fields: Mapping[str, str]) -> int:
        """Tell a message until it is heard, less and less often; return the last status."""
        status = 0
        for tries in range(MOST_TRIES):
            status = self._told(fields)
            if status == requests.codes.ok:
                break
            time.sleep(FIRST_RETRY_S * 2**tries)
        return status

    def _told(self, fields: Mapping[str, str]) -> int:
        try:
            answer = requests.post(self._url, data=fields, timeout=TIMEOUT_S)
        except requests.RequestException:
            return 0
        heard = answer.text.strip() == "OK"
        return answer.status_code if heard or not answer.ok else requests.codes.bad_gateway
