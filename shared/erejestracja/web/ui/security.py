"""What pages tell browsers about safety; docs/decisions/2026-11-web-applications.md says why."""

from flask import Response, g

# Nothing from elsewhere, and nothing written into a page: scripts and styles are files of ours.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
STRICTEST = "; ".join(f"{name} {sources}" for name, sources in POLICY.items())
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}


def allow(**directives: str) -> None:
    """Widen this answer's policy: `allow(form_action="https://...")`, beside our own origin."""
    widened = g.setdefault("policy", {})
    for name, source in directives.items():
        widened[name.replace("_", "-")] = source


def policy() -> str:
    """Return this answer's Content-Security-Policy."""
    widened = g.get("policy")
    if not widened:
        return STRICTEST
    directives = dict(POLICY)
    for name, source in widened.items():
        kept = "" if directives[name] == "'none'" else f"{directives[name]} "
        directives[name] = kept + source
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


def protect(response: Response) -> None:
    """Put the headers on an answer. Pages are about one person: no cache keeps them."""
    response.headers["Content-Security-Policy"] = policy()
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
