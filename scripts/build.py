# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the collection's archive into build/ and check that just what users need is in it."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
# Everything git knows below these is shipped, and nothing else.
FOLDERS = ("changelogs", "docs", "meta", "playbooks", "plugins", "roles")
FILES = ("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "requirements.txt")
NOT_SHIPPED = ("changelogs/config.yaml", "changelogs/fragments/")
WRITTEN_BY_GALAXY = {"FILES.json", "MANIFEST.json"}


def expected() -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *FOLDERS, *FILES],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    return WRITTEN_BY_GALAXY | set(FILES) | {name for name in names if not name.startswith(NOT_SHIPPED)}


def build() -> Path:
    ansible_galaxy = Path(sys.executable).parent / "ansible-galaxy"
    command = [str(ansible_galaxy), "collection", "build", "--force", "--output-path", str(BUILD)]
    output = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Path(output.strip().rpartition(" at ")[2])


def main() -> int:
    archive = build()
    with tarfile.open(archive) as tar:
        shipped = {member.name for member in tar if not member.isdir()}
    wanted = expected()
    for name in sorted(wanted - shipped):
        print(f"missing from the archive: {name}")
    for name in sorted(shipped - wanted):
        print(f"does not belong into the archive: {name}")
    print(f"{archive.relative_to(ROOT)}: {len(shipped)} files, {archive.stat().st_size // 1024} KiB")
    return int(shipped != wanted)


if __name__ == "__main__":
    sys.exit(main())
