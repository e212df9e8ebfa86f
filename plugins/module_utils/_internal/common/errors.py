# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, as types. An error is part of the product: it says what happened, where, and what to do."""

from __future__ import annotations

import re
import traceback
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import printable
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject

# How many errors one sentence of several names.
MOST_NAMED = 50


class FaxError(Exception):
    """What went wrong, as two sentences (`str(error)`): what happened and where, and what to do about it.

    `what` and `advice` are the sentences; `method`, `path` and `status` (HTTP) say which request it was, if it was one;
    `facts` are result keys that belong to the failure.
    """

    # Whether every further task with the same connection would fail the same way.
    fatal = False
    # True if the failed write may have taken effect all the same; False if it certainly did not.
    perhaps_done = False
    # True if the API itself has answered: the request is over, so reading again shows its effect.
    over = False
    # How long the server asks to wait before the next try, in seconds.
    retry_after: float | None = None
    # What results call the type, if that is not made of its name.
    own_kind = ""

    def __init__(
        self,
        what: str,
        advice: str,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        facts: JsonObject | None = None,
    ) -> None:
        # The server's words and names are part of it.
        self.what, self.advice = printable(what.rstrip(".")), printable(advice)
        self.facts = facts or {}
        self.method, self.path, self.status = method, path, status
        where = f" ({method} {path}{f', HTTP {status}' if status else ''})" if method else ""
        super().__init__(f"{self.what}{where}. {self.advice}")

    def again(self) -> FaxError:
        """Another error of the same words, for somebody else: each has facts of its own."""
        return type(self)(self.what, self.advice, self.method, self.path, self.status)

    def with_more(self, sentences: str) -> FaxError:
        """Return the same error with one more sentence before its advice."""
        return type(self)(
            self.what, f"{sentences} {self.advice}", self.method, self.path, self.status, facts=self.facts
        )

    @property
    def stops_others(self) -> bool:
        """Whether others side by side would fail the same way: it is fatal, or what it comes from is."""
        return self.fatal or bool(getattr(self.__cause__, "fatal", False))

    @property
    def kind(self) -> str:
        """The type as results name it: `login_refused` for `LoginRefused`."""
        return self.own_kind or re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class Fault(FaxError):
    """This program met something that it does not expect."""


class BadOption(FaxError):
    """An option cannot work on this machine: a file that is not there or cannot be read."""


class Unreachable(FaxError):
    """No connection: refused, unknown host, not trusted. The next request would fare no better."""

    fatal = True


class ServerDown(FaxError):
    """The server answers nobody, or fails for everybody: the run has stopped trying."""

    fatal = True


class NoAnswer(FaxError):
    """The request may have been received, its answer did not come; sending it again would do no harm."""


class NotNgcp(FaxError):
    """Something answered, but it is not this API."""


class Unreadable(NotNgcp):
    """The API answered, but its data about one subscriber or fax is malformed. Others may be fine."""


class LoginRefused(FaxError):
    """The server does not accept the credentials (docs/design.md#the-first-refused-login-ends-the-run)."""

    fatal = True


class ProxyRefused(LoginRefused):
    """The proxy does not accept its credentials; trying again may lock that account: the run ends."""


class NoTokens(FaxError):
    """The server has no key for tokens: it takes username and password with every request only."""


class Forbidden(FaxError):
    """Logged in, but not allowed to do this."""


class ReadOnly(Forbidden):
    """The login may read only: no other write would fare better."""

    fatal = True


class NotFound(FaxError):
    """There is no such thing, or this login may not see it."""


class NoDocument(NotFound):
    """The fax is there, its document is not."""


class Ambiguous(FaxError):
    """More than one thing fits where one was asked for."""


class Rejected(FaxError):
    """The server understood the request and will not have it."""


class TooLarge(FaxError):
    """The server's answer is larger than the limit."""


class LimitExceeded(FaxError):
    """More would be changed or deleted than was allowed; nothing was."""

    own_kind = "too_many"


class StalePlan(FaxError):
    """What would be done is not what a reviewed plan says: somebody has changed something since."""

    own_kind = "moved"


class ServerFailed(FaxError):
    """The server crashed, or stayed busy."""


class Uncertain(FaxError):
    """The request may have reached the server, and its answer is lost: do not repeat it.

    Source: docs/design.md#a-fax-is-sent-once.
    """


class Unverified(FaxError):
    """The server answered that it had written, and holds something else (docs/design.md#the-patch-is-the-product)."""


class Abandoned(FaxError):
    """Ansible, which started this process, is gone: nobody would see the result of further work."""

    fatal = True


class Overwritten(FaxError):
    """A verified write was gone at the end of the run: somebody else has overwritten it."""


class NotTried(FaxError):
    """Another one's error was fatal, so this one could not have succeeded."""


class SomeFailed(FaxError):
    """Some of many failed; `facts` say which, and what became of the others."""


class FaxFailed(FaxError):
    """The fax was queued and is over: it did not arrive."""


class FaxPending(FaxError):
    """The fax was queued, and what became of it is not known. It may still arrive: it must not be sent again."""


def facts_of(error: FaxError) -> JsonObject:
    """What an error is, for programs: its kind, and which request it was."""
    return {name: getattr(error, name) for name in ("kind", "method", "path", "status")}


def fault(error: Exception) -> FaxError:
    """Return an error for an unexpected exception, without its own words, which could hold a secret.

    The system's word about a file is none of these: it is the user's to mend.
    """
    if isinstance(error, OSError) and error.strerror and isinstance(error.filename, (str, Path)):
        return BadOption(f"'{error.filename}' cannot be used ({error.strerror})", "Change its mode, or give another.")
    place = traceback.extract_tb(error.__traceback__)[-1]
    return Fault(
        f"ngcp.fax met something that it does not expect ({type(error).__name__} in {Path(place.filename).name}, "
        f"line {place.lineno})",
        "Please report this line with the server's release.",
    )


def together(errors: Sequence[FaxError], what: str) -> FaxError:
    """One error for several: the only one itself, a fatal one before all others, otherwise `what` and all of them."""
    fatal = next((error for error in errors if error.fatal), None)
    errors = [error for error in errors if not isinstance(error, NotTried)]
    if fatal or len(errors) == 1:
        return fatal or errors[0]
    sentences = list(dict.fromkeys(map(str, errors)))
    more = f" And {len(sentences) - MOST_NAMED} more." if len(sentences) > MOST_NAMED else ""
    return SomeFailed(what, " ".join(sentences[:MOST_NAMED]) + more)
