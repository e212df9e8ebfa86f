# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options for downloading the document of a fax."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  format:
    description:
      - Format of the document. V(tiff) is the fax as stored; the server converts it to the other formats.
      - V(pdf14) is PDF 1.4.
    type: str
    choices: [tiff, pdf, pdf14, ps]
    default: tiff
  max_size:
    description:
      - Largest document to download, in bytes or with a unit such as V(64M). The default is V(256M). A larger document
        is an error, which concerns that fax only.
    type: bytes
    default: 268435456
"""
