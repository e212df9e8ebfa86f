# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refusals and crashes of the server (docs/ngcp-api.md#errors)."""

from __future__ import annotations

from starlette.responses import Response


class ApiError(Exception):
    """Refusal with a JSON body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class HtmlError(Exception):
    """Crash that shows the server's HTML page with status 500, like every error of faxrecordings."""


def crash() -> ApiError:
    """Return a crash below /api that shows JSON, as for `rows=abc` or a malformed time."""
    return ApiError(500, "Internal Server Error")


class Refusal(Exception):
    """Refusal that is formatted differently from all others."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response
