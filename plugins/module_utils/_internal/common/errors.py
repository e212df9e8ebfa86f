# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of the program, by type. An error says what happened, where, and what to do about it."""

from __future__ import annotations

import re
import traceback
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import printable
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject

# The most errors that a combined error quotes.
MOST_NAMED = 50


class FaxError(Exception):
    """A failure; `str(error)` is two sentences: what happened and where, and what to do about it."""

    fatal = False
    """True if every further task with the same connection would fail the same way."""
    perhaps_done = False
    """True if a failed write may have taken effect all the same; False if it certainly did not."""
    over = False
    """True if the API itself answered: the request is over, so that reading again shows its effect."""
    retry_after: float | None = None
    """How long the server asks to wait before the next try, in seconds."""

    def __init__(
        self,
        what: str,
        advice: str,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        facts: JsonObject | None = None,
    ) -> None:
        # Escaped: both may quote the server's words and names.
        self.what = printable(what.rstrip("."))
        """The sentence that says what happened, without its full stop."""
        self.advice = printable(advice)
        """The sentence that says what to do."""
        self.facts = facts or {}
        """Keys of the result that belong to the failure."""
        self.method, self.path, self.status = method, path, status
        where = f" ({method} {path}{f', HTTP {status}' if status else ''})" if method else ""
        super().__init__(f"{self.what}{where}. {self.advice}")

    def again(self) -> FaxError:
        """Return an error with the same words for another target, without the facts of this one."""
        return type(self)(self.what, self.advice, self.method, self.path, self.status)

    def with_more(self, sentences: str) -> FaxError:
        """Return the same error with one more sentence before its advice."""
        return type(self)(
            self.what, f"{sentences} {self.advice}", self.method, self.path, self.status, facts=self.facts
        )

    @property
    def stops_others(self) -> bool:
        """True if concurrent requests would fail the same way: the error or its cause is fatal."""
        return self.fatal or bool(getattr(self.__cause__, "fatal", False))

    @property
    def kind(self) -> str:
        """The error's kind in results, such as `login_refused` for `LoginRefused`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class Fault(FaxError):
    """This program met something unexpected: a mistake of its own."""


class BadOption(FaxError):
    """An option is invalid, or cannot work on this machine: a file is missing, or cannot be read."""


class BadPython(FaxError):
    """The Python that runs the module is too old, or lacks a library."""


class Unreachable(FaxError):
    """No connection: refused, unknown host, not trusted. The next request would fare no better."""

    fatal = True


class ServerDown(FaxError):
    """The server answers no request, or fails for every subscriber: the run has stopped trying."""

    fatal = True


class NoAnswer(FaxError):
    """The answer did not arrive. The request may have been received, and may be sent again."""


class NotNgcp(FaxError):
    """Something other than this API answered."""


class Unreadable(NotNgcp):
    """The API answered malformed data about one subscriber or fax. Others may be fine."""


class LoginRefused(FaxError):
    """The server does not accept the credentials (docs/design.md#the-first-refused-login-ends-the-run)."""

    fatal = True


class ProxyRefused(LoginRefused):
    """The proxy does not accept its credentials. The run ends, because another try may lock that account."""


class NoTokens(FaxError):
    """The server has no key for tokens: it accepts only username and password with every request."""


class Forbidden(FaxError):
    """The login is not allowed to do this."""


class ReadOnly(Forbidden):
    """The login may only read, so every other write would fail, too."""

    fatal = True


class NotFound(FaxError):
    """It does not exist, or this login may not see it."""


class NoDocument(NotFound):
    """The fax exists, but its document does not."""


class Ambiguous(FaxError):
    """Several items match where one was asked for."""


class Rejected(FaxError):
    """The server understood the request and rejects it."""


class TooLarge(FaxError):
    """The server's answer is larger than the limit."""


class LimitExceeded(FaxError):
    """More would be changed or deleted than the limit allows, so nothing was."""


class PlanOutdated(FaxError):
    """What would be done differs from the reviewed plan: something has changed since."""


class ServerFailed(FaxError):
    """The server crashed, or stayed busy."""


class Uncertain(FaxError):
    """The request may have reached the server, and its answer is lost: it must not be repeated.

    Source: docs/design.md#a-fax-is-sent-once.
    """


class Unverified(FaxError):
    """The server reported a write, but holds something else (docs/design.md#the-patch-is-the-product)."""


class Abandoned(FaxError):
    """Ansible, which started this process, is gone: nobody would see the result of further work."""

    fatal = True


class Overwritten(FaxError):
    """A verified write was gone at the end of the run, because somebody else overwrote it."""


class NotTried(FaxError):
    """Not tried after another one's fatal error, because it would have failed the same way."""


class SomeFailed(FaxError):
    """Several items failed. `facts` show which, and the outcomes of the others."""


class RowsFound(FaxError):
    """A report has rows that the task is to fail on, such as differences."""


class FaxFailed(FaxError):
    """The fax was queued and did not arrive."""


class FaxPending(FaxError):
    """The fax was queued, and its outcome is unknown. It may still arrive, so it must not be sent again."""


def facts_of(error: FaxError) -> JsonObject:
    """Return the error's kind and the request that failed, as result keys for programs."""
    return {name: getattr(error, name) for name in ("kind", "method", "path", "status")}


def fault(error: Exception) -> FaxError:
    """Return an error for an unexpected exception, without the exception's words, which could hold a secret.

    An OSError about a file becomes a `BadOption`, because the user can fix it.
    """
    if isinstance(error, OSError) and error.strerror and isinstance(error.filename, (str, Path)):
        return BadOption(f"'{error.filename}' cannot be used ({error.strerror})", "Change its mode, or give another.")
    place = traceback.extract_tb(error.__traceback__)[-1]
    return Fault(
        f"ngcp.fax met something unexpected ({type(error).__name__} in {Path(place.filename).name}, "
        f"line {place.lineno})",
        "Please report this line with the server's release.",
    )


def together(errors: Sequence[FaxError], what: str) -> FaxError:
    """Combine errors into one: a fatal one, the only one, or else a `SomeFailed` that says `what` and quotes them."""
    fatal = next((error for error in errors if error.fatal), None)
    errors = [error for error in errors if not isinstance(error, NotTried)]
    if fatal or len(errors) == 1:
        return fatal or errors[0]
    sentences = list(dict.fromkeys(map(str, errors)))
    more = f" And {len(sentences) - MOST_NAMED} more." if len(sentences) > MOST_NAMED else ""
    return SomeFailed(what, " ".join(sentences[:MOST_NAMED]) + more)
