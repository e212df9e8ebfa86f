# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts without the secrets that were seen."""

from __future__ import annotations

import threading

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.redaction import Secrets
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import MASK


def test_every_form_of_a_value_is_hidden() -> None:
    secrets = Secrets(["a<b>&\u00fc c", None, ""])
    for text in (
        "a<b>&\u00fc c",
        "a&lt;b&gt;&amp;\u00fc c",
        "a<b>&\\u00fc c",
        "a%3Cb%3E%26%C3%BC%20c",
        "a%3Cb%3E%26%C3%BC+c",
    ):
        assert secrets.redact(f"before {text} after") == f"before {MASK} after"


def test_a_short_value_takes_its_word_with_it() -> None:
    """`4********632960011` would tell the PIN to whoever knows the number."""
    secrets = Secrets(["41", "long-enough"])
    assert secrets.redact("'441632960011@a.example.com' has 41, not 42: xlong-enoughy") == (
        f"'{MASK}' has {MASK}, not 42: x{MASK}y"
    )
    assert Secrets(["441632960011"]).redact("of 441632960011@a") == f"of {MASK}"


def test_what_a_thread_learns_of_one_subscriber_is_its_own_and_forgotten() -> None:
    secrets = Secrets(["the-password"])
    with secrets.own():
        secrets.update(["the-key"])
        secrets.add("the-token")
        seen: list[set[str]] = []
        other = threading.Thread(target=lambda: seen.append(set(secrets)))
        other.start()
        other.join()
        assert set(secrets) == {"the-password", "the-token", "the-key"}
    assert seen == [{"the-password", "the-token"}]
    assert set(secrets) == {"the-password", "the-token"}
