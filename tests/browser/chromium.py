# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Chromium that opens reports in tests. Run as a program, install one where none starts: `make browser` does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
# Ubuntu's chromium-browser does not start where there is no snap.
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# A machine without a network says so within a minute or two.
CONNECT_SECONDS = 10
LIST_SECONDS = 60
DOWNLOAD_SECONDS = 240
# Killed only if it hangs: a package manager must not end halfway.
INSTALL_SECONDS = 1200
APT = f"apt-get -qq -o Acquire::Retries=0 -o Acquire::http::Timeout={CONNECT_SECONDS} -o APT::Update::Error-Mode=any"
APT_INSTALL = f"{APT} install --no-install-recommends --yes"
DNF = f"dnf --quiet --assumeyes --setopt=timeout={CONNECT_SECONDS} --setopt=retries=1"
# What installs it, by the program that must be there: each command and how long it may take.
BY_ROOT = {
    "apt-get": (
        (f"{APT} update", LIST_SECONDS),
        (f"{APT_INSTALL} --download-only chromium fonts-dejavu-core", DOWNLOAD_SECONDS),
        (f"{APT_INSTALL} chromium fonts-dejavu-core", INSTALL_SECONDS),
    ),
    "dnf": (
        (f"{DNF} install --downloadonly chromium dejavu-sans-fonts", LIST_SECONDS + DOWNLOAD_SECONDS),
        (f"{DNF} install chromium dejavu-sans-fonts", INSTALL_SECONDS),
    ),
}
BY_PLAYWRIGHT = f"{sys.executable} -m playwright install --only-shell --no-progress chromium"
MISSING = (
    "The tests of reports need Chromium, and none starts here. Install it (Debian: apt-get install chromium; Fedora:"
    " dnf install chromium), or name one in BROWSER_FOR_TESTS."
)
os.environ.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(ROOT / ".cache" / "playwright"))


def candidates() -> list[str | None]:
    """Return BROWSER_FOR_TESTS, or the browsers on PATH and in the system's folders, where a package manager puts one
    whatever PATH says, and None, which is Playwright's own.
    """
    named = os.environ.get("BROWSER_FOR_TESTS")
    path = os.pathsep.join([os.environ.get("PATH", ""), os.defpath])
    return [named] if named else [*filter(None, (shutil.which(name, path=path) for name in NAMES)), None]


def start(playwright: Playwright) -> Browser:
    """Start the first browser that starts. Raises RuntimeError if none does."""
    # A sandbox needs another user than root, and /dev/shm is small in containers.
    arguments = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    refusal = None
    for path in candidates():
        try:
            return playwright.chromium.launch(executable_path=path, args=arguments)
        except Error as error:
            refusal = error
    raise RuntimeError(MISSING) from refusal


def is_there() -> bool:
    with sync_playwright() as playwright:
        try:
            start(playwright).close()
        except RuntimeError:
            return False
    return True


def succeeds(command: str, seconds: int) -> bool:
    settings = {
        "DEBIAN_FRONTEND": "noninteractive",
        "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": str(CONNECT_SECONDS * 1000),
    }
    try:
        subprocess.run(command.split(), env=os.environ | settings, capture_output=True, timeout=seconds, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def install() -> bool:
    """Install one: as root with the system's package manager, else Playwright's, into .cache. Return if it starts."""
    for program, commands in BY_ROOT.items() if os.geteuid() == 0 else ():
        if shutil.which(program):
            print(f"Installing Chromium with {program}", flush=True)
            if all(succeeds(*command) for command in commands) and is_there():
                return True
    print("Installing Playwright's Chromium", flush=True)
    return succeeds(BY_PLAYWRIGHT, DOWNLOAD_SECONDS) and is_there()


def main() -> int:
    if is_there():
        return 0
    named = os.environ.get("BROWSER_FOR_TESTS")
    if not named and install():
        return 0
    print(f"{named}, which BROWSER_FOR_TESTS names, does not start." if named else MISSING, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
