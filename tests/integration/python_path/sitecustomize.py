# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep what Python compiles from zip files, as it keeps what it compiles from folders.

Python imports this by itself, for its folder is on PYTHONPATH. Ansible ships a module with everything that it imports
in a zip file. To compile that takes most of the module's time, and it is the same in nearly every run.
"""

from __future__ import annotations

import _imp
import marshal
import os
import sys
import zipimport
from contextlib import suppress
from importlib.util import source_hash
from pathlib import Path
from types import CodeType
from typing import Any

FOLDER = os.environ.get("COMPILED_FROM_ZIP")
importer: Any = zipimport
imp: Any = _imp
compile_source = importer._compile_source


def kept(path: str, source: bytes) -> CodeType:
    """Return the code of a source, compiled by this or an earlier process; `path` is for tracebacks."""
    file = Path(f"{FOLDER}/{sys.implementation.cache_tag}-{source_hash(source).hex()}-{len(source)}")
    with suppress(OSError):
        code: CodeType = marshal.loads(file.read_bytes())
        imp._fix_co_filename(code, path)
        return code
    code = compile_source(path, source)
    with suppress(OSError):
        part = file.with_suffix(f".{os.getpid()}")
        part.write_bytes(marshal.dumps(code))
        part.replace(file)
    return code


if FOLDER:
    importer._compile_source = kept
