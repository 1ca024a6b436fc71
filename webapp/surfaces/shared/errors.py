"""Error pages: one page per door, in its brand and the visitor's language; never a stack trace, never a lost form."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from flask import Response, g, jsonify, make_response, request
from werkzeug.exceptions import HTTPException

from webapp.foundation import i18n, plain
from webapp.foundation.csrf import FIELD, CrossSite, StaleForm
from webapp.foundation.i18n import N_
from webapp.foundation.limits import TooManyTries
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.sessions import in_frame
from webapp.foundation.web import WebApp
from webapp.reseller.cms.redirects import Gone, Redirected

from .current import arrival
from .forms import said
from .moved import led_on, moved
from .people import FRAME_MAIN
from .rendering import render

log = logging.getLogger(__name__)

#: status -> (title, what happened and what to do). Anything else looks like 400 or 500.
TEXTS = {
    400: (N_("We could not read that"), N_("Please go back, check what you entered and send it again.")),
    403: (N_("This is not open to you"), N_("Ask the owner of your account for the right to do this.")),
    404: (N_("This page does not exist"), N_("It may have moved. Start again from the first page.")),
    405: (N_("That does not work here"), N_("Please go back and use the buttons of the page.")),
    410: (N_("This page is gone"), N_("It was taken away for good. Start again from the first page.")),
    413: (N_("That is too much at once"), N_("The file or text is too large. Please go back and send less.")),
    429: (N_("That was a little fast"), N_("Please wait a minute and try again.")),
    500: (N_("Something went wrong on our side"), N_("Nothing is lost. We have been told; please try again.")),
    503: (N_("We cannot answer at the moment"), N_("Nothing is lost. Please try again in a minute.")),
}
_FOREIGN_FORM = N_("This form did not come from our own page, or your browser hid where it came from. "
                   "Please go back, reload the page and send it again.")  # fmt: skip
_TEMPLATES = {
    "shop": "shared/error_shop.html",
    "sales": "shared/error_panel.html",
    "operator": "shared/error_panel.html",
}
#: Never sent back in a page, not even to the one who typed it.
SECRETS = ("password", "secret", "token", "api_key", "crc")


@dataclass(frozen=True)
class _Problem:
    status: int
    title: str
    text: str


def init_errors(app: WebApp) -> None:
    """Register the handlers."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(CrossSite, _cross_site)
    app.register_error_handler(StaleForm, _stale)


def _http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()  # type: ignore[return-value]  # redirects of the router
    if error.code == 404:
        return _nothing_there()
    answer = _page(_problem(error.code or 500))
    for name in ("Allow", "Retry-After"):
        if value := dict(error.get_headers()).get(name):
            answer.headers[name] = value
    return answer


def _problem(status: int) -> _Problem:
    title, text = TEXTS.get(status) or TEXTS[400 if status < 500 else 500]
    return _Problem(status, i18n.gettext(title), i18n.gettext(text))


def _not_found(_error: NotFound) -> Response:
    return _nothing_there()


def _nothing_there() -> Response:
    """An old address of a shop may lead on, or be gone for good."""
    found = moved()
    if isinstance(found, Redirected):
        return led_on(found)
    return _page(_problem(410 if isinstance(found, Gone) else 404))


def _refusal(error: Refusal) -> Response:
    """A rule said no and the view had no form to show it at."""
    if isinstance(error, TooManyTries):
        answer = _page(_Problem(429, i18n.gettext(TEXTS[429][0]), said(error)))
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    return _page(_Problem(422, i18n.gettext("That is not possible"), said(error)))


def _cross_site(error: CrossSite) -> Response:
    log.warning("foreign form refused: %s", error, extra={"endpoint": request.endpoint})
    return _page(_Problem(403, i18n.gettext("We could not accept this form"), i18n.gettext(_FOREIGN_FORM)))


def _stale(_error: StaleForm) -> Response:
    """The page was open for too long: what was typed comes back, with a button that sends it again."""
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name != FIELD and not any(word in name.lower() for word in SECRETS)
    ]
    words = [i18n.gettext("Nothing was sent yet and nothing you typed is lost. Press the button to send it now.")]
    if not request.cookies:
        words.append(i18n.gettext("If this page comes again, allow cookies for this site in your browser."))
    problem = _Problem(400, i18n.gettext("This page was open for a long time"), " ".join(words))
    return _page(problem, resend={"action": request.full_path.rstrip("?"), "fields": fields})


def _page(problem: _Problem, **context: Any) -> Response:
    surface = arrival().surface
    if surface == "api":
        return _json(problem)
    answer = make_response(_rendered(surface, problem, **context))
    answer.mimetype = "text/html"
    answer.status_code = problem.status
    if getattr(request, "is_fragment", False):
        answer.headers["HX-Retarget"] = FRAME_MAIN if in_frame(request.environ) else "body"
        answer.headers["HX-Reswap"] = "innerHTML"
    return answer


def _rendered(surface: str, problem: _Problem, **context: Any) -> str | bytes:
    """The branded page; the plain one where there is no brand, or when what broke the page breaks this one too."""
    if surface in _TEMPLATES:
        try:
            reference = g.get("request_id")
            return render(_TEMPLATES[surface], problem=problem, title=problem.title, reference=reference, **context)
        except Exception:
            log.exception("the error page has an error of its own")
    return plain.page(problem.title, problem.text)


def _json(problem: _Problem) -> Response:
    """RFC 9457."""
    answer = jsonify(title=problem.title, detail=problem.text, status=problem.status)
    answer.mimetype, answer.status_code = "application/problem+json", problem.status
    return answer
