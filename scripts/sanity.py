# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run `ansible-test sanity` on a copy of the working tree: all tests, or only what the arguments, its own, select.

ansible-test wants a real folder ansible_collections/ngcp/fax with git in it, and a HOME to keep its environments in.
Both are below .cache.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from ansible_test import __path__ as ansible_test_path  # type: ignore[import-untyped]  # no types published

ROOT = Path(__file__).resolve().parent.parent
BASE = ROOT / ".cache" / "ansible-test"
COPY = BASE / "ansible_collections" / "ngcp" / "fax"
HOME = BASE / "home"
PIP_CONF = HOME / ".config" / "pip" / "pip.conf"
PIP_SETTINGS = {
    "PIP_CERT",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "PIP_PROXY",
    "PIP_TRUSTED_HOST",
}
# What ansible-test says when it cannot download its script that installs pip.
GET_PIP_WANTED = re.compile(r"manually downloaded and saved to: (\S.*get_pip_\w+\.py)")
# ansible-test makes ten environments, takes pip out of most of them again at once, and spends a minute on that. The pip
# that comes with Python does the same: unpacked it works, without an installation of its own.
GET_PIP = """\
import compileall, ensurepip, os, pathlib, shutil, subprocess, sys, sysconfig, zipfile
wheels = list(pathlib.Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl"))
if wheels:
    unpacked = pathlib.Path(os.environ["GET_PIP"]).parent / f"{wheels[0].name}-{sys.version_info.minor}"
    if not unpacked.exists():
        part = unpacked.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        zipfile.ZipFile(wheels[0]).extractall(part)
        compileall.compile_dir(part, quiet=1)
        part.rename(unpacked)
    shutil.copytree(unpacked, sysconfig.get_path("purelib"), dirs_exist_ok=True)
else:  # Debian keeps them elsewhere
    subprocess.check_call([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL)
"""
PIP_VERSION = re.compile(r"\bpip='([\d.]+)'")
RUNS = (
    # ruff does what pep8 does, with its rules E and W and its formatter.
    ["--skip-test", "pep8", "--skip-test", "pylint"],
    # pylint takes longest, so it reads only what is shipped, as on Ansible Galaxy. For tests and tools, ruff has its
    # rules PLC, PLE and PLW.
    ["--test", "pylint", "plugins/"],
)


def write_pip_settings() -> None:
    """Hand the caller's settings of pip on: ansible-test clears the environment of the pip it runs."""
    folder = HOME / ".config" / "pip"
    folder.mkdir(parents=True, exist_ok=True)
    settings = {name: value for name, value in os.environ.items() if name in PIP_SETTINGS and value}
    certificates = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE")
    if certificates:
        settings.setdefault("PIP_CERT", certificates)
    lines = [f"{name.removeprefix('PIP_').lower().replace('_', '-')} = {value}\n" for name, value in settings.items()]
    PIP_CONF.unlink(missing_ok=True)
    PIP_CONF.touch(mode=0o600)
    PIP_CONF.write_text("[global]\nquiet = 1\ndisable-pip-version-check = true\n" + "".join(lines), encoding="utf-8")
    # The older place, read before the other one: the caller's own file.
    link = HOME / ".pip"
    link.unlink(missing_ok=True)
    theirs = [folder for folder in (Path.home() / ".config" / "pip", Path.home() / ".pip") if folder.is_dir()]
    if theirs:
        link.symlink_to(theirs[0], target_is_directory=True)


def write_get_pip() -> None:
    """Put our script where ansible-test keeps the one that it downloads, if this release tells its name."""
    requirements = Path(ansible_test_path[0]) / "_internal" / "python_requirements.py"
    version = PIP_VERSION.search(requirements.read_text(encoding="utf-8")) if requirements.is_file() else None
    if version:
        path = HOME / ".ansible" / "test" / "cache" / f"get_pip_{version[1].replace('.', '_')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(GET_PIP, encoding="utf-8")


def copy_tree() -> None:
    """Copy what git knows or would know: no caches, no build."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    shutil.rmtree(COPY, ignore_errors=True)
    for name in filter(None, listed.split("\0")):
        source = ROOT / name
        if source.is_file():
            target = COPY / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    subprocess.run(["git", "init", "--quiet"], cwd=COPY, check=True)
    subprocess.run(["git", "add", "--all"], cwd=COPY, check=True)


def environment() -> dict[str, str]:
    """HOME of its own; on PATH the interpreters themselves instead of pyenv's stand-ins."""
    env = dict(os.environ)
    folders = [folder for folder in env.get("PATH", os.defpath).split(os.pathsep) if Path(folder).name != "shims"]
    env["PATH"] = os.pathsep.join([str(Path(sys.base_prefix) / "bin"), *folders])
    env["HOME"] = str(HOME)
    return env


def ansible_test(arguments: list[str]) -> tuple[int, str]:
    """Run it, show its output, and return its exit code and the output."""
    command = [str(Path(sys.executable).parent / "ansible-test"), "sanity", "--venv", "--color", "no", *arguments]
    lines = []
    with subprocess.Popen(
        command, cwd=COPY, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return process.returncode, "".join(lines)


def sanity(arguments: list[str]) -> int:
    """Run it, a second time if it wants a download for which there is a substitute; return its exit code."""
    if not any(argument.startswith("--python") for argument in arguments):
        arguments = ["--python", f"{sys.version_info.major}.{sys.version_info.minor}", *arguments]
    code, output = ansible_test(arguments)
    wanted = GET_PIP_WANTED.search(output)
    if code and wanted:
        print("Once more, with pip from ensurepip in place of the download.", flush=True)
        Path(wanted.group(1)).write_text(GET_PIP, encoding="utf-8")
        code, _output = ansible_test(arguments)
    return code


def main(arguments: list[str]) -> int:
    """Run all tests, or those that the arguments name; return the exit code of the first that failed."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (BASE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        copy_tree()
        write_pip_settings()
        write_get_pip()
        try:
            codes = [sanity(run) for run in ([arguments] if arguments else RUNS)]
        finally:
            PIP_CONF.unlink()
    return next(filter(None, codes), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
