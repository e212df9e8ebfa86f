# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What roles say about a mistake that their modules find, in both ways to run a module, as a run of each role shows it.

All mistakes but these are tried in tests/unit/plugin_utils/test_role_messages.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.integration.conftest import BOTH_WAYS, Play
from tests.simulator.client import Simulator

FIELDS = ("active", "name", "password", "t38", "ecm", "destinations", "destinations_mode")
STATE_FILE = """\
subscribers:
  - subscriber: user1@d1.example.org
    faxserver_settings: {src: 1}
"""


def mistakes(here: Path) -> dict[str, tuple[dict[str, Any], str]]:
    """By role: variables with a mistake, and the end or all of the message about it."""
    return {
        "archive": (
            {"archive_dest": str(here / "archive"), "archive_since": "1d", "archive_until": "7d"},
            "archive_since (1d) must be before archive_until (7d).",
        ),
        "send": (
            {"send_src": str(here / "x.pdf"), "send_destinations": ["43100001"], "send_subscriber_id": 3},
            f"send_src: '{here}/x.pdf' cannot be found or read. Give an existing file.",
        ),
        "export": (
            {"export_dest": str(here / "export"), "export_match": {"domain": "nowhere.example"}},
            "Correct export_match or the login, or set export_allow_empty: true.",
        ),
        "drift": (
            {"drift_src": str(here / "a.yml"), "drift_baseline": str(here / "none.yml")},
            f"{here}/none.yml: There is no such file for drift_baseline.",
        ),
        "provision": (
            {"provision_subscribers": [{"subscriber": "x", "faxserver_settings": {"active": True}}]},
            "provision_subscribers[0]: subscriber must be user@domain, not 'x'.",
        ),
        "validate": (
            {"validate_src": str(here / "a.yml")},
            f"a.yml:3: user1@d1.example.org: faxserver_settings.src is not an option; use one of {', '.join(FIELDS)}.",
        ),
    }


@BOTH_WAYS
def test_a_failure_names_the_variables_of_the_role(
    play: Play, simulator: Simulator, connection: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "a.yml").write_text(STATE_FILE, encoding="utf-8")
    wrong = mistakes(tmp_path)
    played = play(
        [
            {
                "block": [{"ansible.builtin.include_role": {"name": f"ngcp.fax.{role}"}, "vars": variables}],
                "rescue": [{"ansible.builtin.meta": "noop"}],
            }
            for role, (variables, _message) in wrong.items()
        ],
    )
    said = {name.split(" : ")[0].removeprefix("ngcp.fax."): played.failure(name) for name in played.failed}
    assert said.keys() == wrong.keys()
    others = {role: said[role] for role, (_variables, end) in wrong.items() if not said[role].endswith(end)}
    assert not others
