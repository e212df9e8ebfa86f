# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of modules in the words of roles: each option that a message speaks of, and no other word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.ngcp.fax.plugins.action import fax_send
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import role_words

ROLES = Path(__file__).resolve().parents[3] / "roles"


def names(role: str) -> dict[str, str]:
    """The parts of a role's task that `role_words` reads."""
    specs = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_bytes())
    variables = specs["argument_specs"]["main"]["options"]
    return {one.removeprefix(f"{role}_"): one for one in variables}


TOLD = """\
Move it, or set export_adopt: true to bring
export_dest must not be empty; give a path.
export_secrets: vault needs Ansible's vault.
no password for export_secrets: vault; give
Correct export_match or the login, or set export_allow_empty: true.
what equals the defaults (export_omit_defaults)
value of export_layout must be one of: one, got: x
3 of 4 subscribers would be changed, and provision_max_changes allows 1
2 would be deactivated, and provision_max_deactivations allows 0 (a@b).
provision_subscribers and provision_src name no subscriber; declare
provision_unmanaged_match is given without provision_unmanaged; say
provision_unmanaged_match.domian is not an option
provision_defaults.fax is not an option; a
No subscriber in provision_only has an entry
x.json: There is no such file for provision_plan.
/x/plan: This cannot be read for provision_plan (Is a directory). Give the report.json of a run in check mode.
provision_plan must be the report
1 failed. provision_subscribers[0]: a@b: No. provision_subscribers[1]: c
drift_only names no subscriber that has an entry
drift_fail_on: never stands alone.
drift_history: '/x' is damaged
drift_baseline must be a file on the controller
send_src must not be empty; give the file to send, or a text as send_content.
run again with send_on_uncertain: resend or assume_sent.
'+1' is already in send_destinations[0]; keep one.
send_retry_failed needs send_wait: without it nobody
parameters are mutually exclusive: send_src|send_content
missing required arguments: send_destinations
Send a smaller document, or raise send_max_size.
archive_since (1d) must be before archive_until (7d).
It was never stored: try archive_format: tiff.
""".splitlines()


@pytest.mark.parametrize("told", TOLD)
def test_an_option_has_the_name_of_the_variable(told: str) -> None:
    (role, *_more) = re.findall(r"\b(drift|export|provision|send|archive)_", told)
    message = told.replace(f"{role}_", "")
    assert role_words.with_role_variables(names(role), message) == told


@pytest.mark.parametrize(
    ("role", "message"),
    [
        ("provision", "2 of 3 subscribers failed. customers/a.yml:3: only@plan.example: There is no subscriber."),
        ("provision", "customers/a.yml:4: subscribers must be a list of entries."),
        ("provision", "customers/src/only.yml:4: user1@d1: faxserver_settings.destinations[0] is not an option."),
        ("provision", "The plan is about https://a, and this run about https://b. Make a new plan, and look at it."),
        ("provision", 'Nothing was written, because this is not what the plan says: a@b: name is "x" and was nothing.'),
        (
            "send",
            "What was sent by a@b is over: the status of the fax says so. Wait for its receipt, and send it again.",
        ),
        (
            "archive",
            "The server has no document of fax 6: its status is FAILED. It is in the format that it was sent in.",
        ),
        ("export", "'/srv/adopt/match.yml' holds what no export wrote."),
        ("drift", "The server does not accept this username and password. Look at the history of the account."),
    ],
)
def test_other_words_stay(role: str, message: str) -> None:
    assert role_words.with_role_variables(names(role), message) == message


def test_an_option_that_the_role_does_not_have_is_no_advice() -> None:
    given = fax_send._unusable("src: 'x.pdf' cannot be found or read.")["msg"]
    assert "remote_src" in given
    told = role_words.with_role_variables(names("send"), given)
    assert re.fullmatch(r"send_src: 'x\.pdf' cannot be found or read\. Give [\w ]+\.", told)
