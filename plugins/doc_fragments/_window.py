# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that select faxes of the journal."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  since:
    description:
      - Only faxes from this time on.
      - Give a time, such as V(2026-11-01), V(2026-11-01 08:00:00) or V(2026-11-01T08:00:00+01:00), or a span before
        now, such as V(24h), V(7d) or V(1d12h). The units are V(s), V(m) (minutes), V(h), V(d) and V(w).
      - A time without a zone is in UTC.
    type: str
  until:
    description:
      - Only faxes before this time, in the same format as O(since).
    type: str
  direction:
    description:
      - Only faxes that were received (V(in)), sent (V(out)) or sent by e-mail (V(mtf)).
    type: str
    choices: [in, out, mtf]
  status:
    description:
      - Only faxes with this outcome, such as V(SUCCESS) or V(FAILED). Give the whole word. Case does not matter.
    type: str
"""
