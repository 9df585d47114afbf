"""Which language a page speaks: as chosen, else as the browser asks for."""

from flask import Response, g, request

from erejestracja.i18n.catalogue import LANGUAGES
from erejestracja.i18n.negotiation import language_of

COOKIE = QUERY = "lang"
A_YEAR_S = 365 * 24 * 3600


def language() -> str:
    """Return one of LANGUAGES."""
    if "language" not in g:
        asked = (request.args.get(QUERY), request.cookies.get(COOKIE))
        chosen = next((one for one in asked if one in LANGUAGES), None)
        g.language = chosen or language_of(request.headers.get("Accept-Language"))
    return str(g.language)


def remember(response: Response) -> Response:
    """Keep a choice, and say which language the answer is in; files for everybody are in none."""
    if response.cache_control.public:
        return response
    response.headers.setdefault("Content-Language", language())
    response.vary.update(["Accept-Language", "Cookie"])
    asked = request.args.get(QUERY)
    if asked in LANGUAGES and asked != request.cookies.get(COOKIE):
        response.set_cookie(
            COOKIE, asked, max_age=A_YEAR_S, samesite="Lax", httponly=True, secure=True
        )
    return response
