"""A browser without scripts, over HTTP: it keeps cookies, follows, and sends the forms it finds."""

import re
from html import unescape
from http.cookiejar import Cookie
from typing import Any
from urllib.parse import urljoin

import requests
from requests.cookies import RequestsCookieJar

FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
INPUT = re.compile(r"<input\b[^>]*>")
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
TIMEOUT_S = 30


class _OwnMachine(RequestsCookieJar):
    """Cookies, of which safe ones go to one's own machine without TLS, too, as in browsers."""

    def set_cookie(self, cookie: Cookie, *args: Any, **kwargs: Any) -> None:
        cookie.secure = False
        super().set_cookie(cookie, *args, **kwargs)


class Visitor:
    """Somebody at a browser, on the page that was shown last."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._http = requests.Session()
        self._http.cookies = _OwnMachine()
        self._http.headers["Accept"] = "text/html"
        self._http.headers["Accept-Language"] = "pl"
        self.page: Any = None

    def open(self, path: str) -> str:
        """Go to an address; return what its page says."""
        self.page = self._http.get(urljoin(self._at, path), timeout=TIMEOUT_S)
        return self.said()

    def sign_in(self, persona: str, path: str) -> str:
        """Go to a page that asks to sign in, and be a persona at the provider."""
        self.open(path)
        self.page = self._http.post(self.page.url, data={"persona": persona}, timeout=TIMEOUT_S)
        return self.said()

    def follow(self, address: str) -> str:
        """Follow the first link whose address fits a pattern."""
        found = re.search(rf'href="([^"]*{address})"', self.page.text)
        assert found, f"no link to {address} on {self.page.url}"
        return self.open(unescape(found.group(1)))

    def send(self, action: str = "", **fields: Any) -> str:
        """Fill in and send the first form whose address fits a pattern."""
        for attributes, inside in FORM.findall(self.page.text):
            named = re.search(r'action="([^"]*)"', attributes)
            address = unescape(named.group(1)) if named else self.page.url
            if 'method="post"' in attributes and re.search(action, address):
                return self._send(address, inside, fields)
        raise AssertionError(f"no form for {action} on {self.page.url}")

    def first(self, pattern: str) -> str:
        """Return the first thing of the page that a pattern's group means."""
        found = re.search(pattern, self.page.text)
        assert found, f"no {pattern} on {self.page.url}"
        return unescape(found.group(1))

    def said(self) -> str:
        """Return what the page says, without its markup."""
        assert self.page.status_code == requests.codes.ok, self.page.text
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", self.page.text)))

    @property
    def _at(self) -> str:
        return str(self.page.url) if self.page is not None else self._base

    def _send(self, address: str, inside: str, fields: dict[str, Any]) -> str:
        sent: dict[str, Any] = {}
        for tag in INPUT.findall(inside):
            known = dict(ATTRIBUTE.findall(tag))
            if known.get("type") == "hidden":
                sent.setdefault(known["name"], []).append(unescape(known["value"]))
        self.page = self._http.post(
            urljoin(self._at, address),
            data=sent | fields,
            headers={"Sec-Fetch-Site": "same-origin"},
            timeout=TIMEOUT_S,
        )
        return self.said()
