# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a source: links inside it are followed, and nothing is skipped that may declare settings."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import discovery, loader, vault

NOWHERE = "This link leads to itself, or to something that is not there. Remove or correct it."
NO_FILE = "This is not a file (it is a FIFO), and has the name of a state file. Remove or rename it."
# Ways to name all that is in the folder `a`.
EVERYTHING = ("a", "a/", "a/*", "a/**", "a*", "*", "**/a")

Find = Callable[..., tuple[list[str], list[str]]]


@pytest.fixture
def find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Find:
    """`find(source, …)`: the files, and what is wrong."""
    monkeypatch.chdir(tmp_path)

    def run(*sources: str) -> tuple[list[str], list[str]]:
        paths, problems = discovery.find(sources, tmp_path)
        return [str(path.relative_to(tmp_path)) for path in paths], list(map(str, problems))

    return run


def make(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("subscribers: []\n", encoding="utf-8")


def link(name: str, target: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).symlink_to(target)


def test_every_reader_has_its_suffix() -> None:
    assert tuple(discovery.READERS) == discovery.SUFFIXES


@pytest.mark.parametrize("source", EVERYTHING)
def test_links_inside_are_followed_each_real_folder_once(find: Find, source: str) -> None:
    make("a/1.yml", "a/m/2.csv", "a/m/deep/3.json", "a/.store/4.yml", "a/m/.hidden.yml", "a/README.md")
    link("a/early", "m/deep")  # before its target in order
    link("a/z", "m")  # behind it
    link("a/m/deep/again", "../../.store")
    link("a/stored", ".store")
    link("a/9.yml", "1.yml")
    link("a/.gone", "nowhere")
    link("a/m/notes.txt", "/etc/hostname")  # no name of a state file
    found, problems = find(source)
    assert problems == []
    assert found == ["a/1.yml", "a/early/3.json", "a/early/again/4.yml", "a/m/2.csv"]


@pytest.mark.parametrize("source", [source for source in EVERYTHING if source != "*"])
@pytest.mark.parametrize(
    ("name", "target", "problem"),
    [
        ("a/m/out", "../../other", "a/m/out: This leads out of '{top}'; {give} 'other' {own}"),
        ("a/out.yml", "../other/x.yml", "a/out.yml: This leads out of '{top}'; {give} 'other/x.yml' {own}"),
        ("a/up", "/", "a/up: This leads out of '{top}'; {give} '/' {own}"),
        ("a/gone", "nowhere", f"a/gone: {NOWHERE}"),
        ("a/m/gone.yml", "../nowhere/x.yml", f"a/m/gone.yml: {NOWHERE}"),
        ("a/gone.txt", "nowhere", f"a/gone.txt: {NOWHERE}"),
        ("a/within", "1.yml/x", f"a/within: {NOWHERE}"),
        ("a/self", "self", f"a/self: {NOWHERE}"),
        ("a/m/loop", "..", "a/m/loop: This link leads back to 'a', which it is in: a loop. Remove it."),
        ("a/m/loop", ".", "a/m/loop: This link leads back to 'a/m', which it is in: a loop. Remove it."),
        ("a/null.csv", "/dev/null", "a/null.csv: This leads out of '{top}'; {give} '/dev/null' {own}"),
    ],
)  # fmt: skip
def test_links_that_are_refused(find: Find, source: str, name: str, target: str, problem: str) -> None:
    make("a/1.yml", "a/m/2.yml", "other/x.yml")
    link(name, target)
    # A glob that takes in what is beside `a` may lead there.
    wide = source in ("a*", "**/a")
    if wide and "other" in target:
        assert find(source)[1] == []
        assert {"a/1.yml", "a/m/2.yml"} < set(find(source)[0])
    else:
        told = problem.format(top="." if wide else "a", give="give", own="as a source of its own.")
        assert find(source) == (["a/1.yml", "a/m/2.yml"], [told])


@pytest.fixture
def special(find: Find) -> Iterator[None]:
    """A FIFO and a socket with names of state files, in `a`."""
    make("a/1.yml")
    os.mkfifo("a/fifo.yml")
    os.mkfifo("a/fifo.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("a/socket.json")
        yield


@pytest.mark.usefixtures("special")
def test_what_is_no_file_is_refused_without_being_opened(find: Find) -> None:
    for source in EVERYTHING:
        assert find(source) == (
            ["a/1.yml"],
            [f"a/fifo.yml: {NO_FILE}", f"a/socket.json: {NO_FILE.replace('FIFO', 'socket')}"],
        )
    assert find("a/fifo.yml", "a/*.yml") == (
        ["a/1.yml"],
        ["a/fifo.yml: This is not a file: it is a FIFO.", f"a/fifo.yml: {NO_FILE}"],
    )
    # Whatever has become of a file since it was found.
    paths = [Path("a/fifo.yml"), Path("a/socket.json")]
    assert list(map(str, loader.load(paths).problems)) == [
        "a/fifo.yml:1: The file cannot be read: it is a FIFO.",
        "a/socket.json:1: The file cannot be read: it is a socket.",
    ]
    assert list(vault.encrypted_texts(paths)) == []


def test_a_source_that_is_a_link_is_what_it_leads_to(find: Find) -> None:
    make("real/1.yml", "real/b/2.yml")
    link("current", "real")
    link("a.yml", "real/1.yml")
    link("gone.yml", "nowhere")
    assert find("current") == (["current/1.yml", "current/b/2.yml"], [])
    assert find("current/*") == (["current/1.yml", "current/b/2.yml"], [])
    assert find("a.yml", "gone.yml") == (["a.yml"], [f"gone.yml: {NOWHERE}"])


def test_a_link_may_lead_to_another_source(find: Find) -> None:
    make("a/1.yml", "other/deep/2.yml", "third.yml")
    link("a/other", "../other/deep")
    link("a/third.yml", "../third.yml")
    alone = "as a source of its own."
    assert find("a") == (
        ["a/1.yml"],
        [
            f"a/other: This leads out of 'a'; give 'other/deep' {alone}",
            f"a/third.yml: This leads out of 'a'; give 'third.yml' {alone}",
        ],
    )
    for source in ("a", "a/*"):
        assert find(source, "other", "third.yml") == (["a/1.yml", "other/deep/2.yml", "third.yml"], [])


def test_globs(find: Find) -> None:
    make("s/a/1.yml", "s/a/x/2.yml", "s/b/1.yml", "s/b/x/3.csv", "s/.h/1.yml", "s[1]/4.yml")
    link("s/c", "a")
    link("s/gone", "nowhere")
    assert find("s/*/x") == (["s/a/x/2.yml", "s/b/x/3.csv"], [f"s/gone: {NOWHERE}"])
    assert find("s/[ab]/1.yml") == (["s/a/1.yml", "s/b/1.yml"], [])
    assert find("s/**/x/*.yml") == (["s/a/x/2.yml"], [f"s/gone: {NOWHERE}"])
    assert find("s/.h*/*") == (["s/.h/1.yml"], [])
    assert find("s/a/../b/*.yml") == (["s/a/../b/1.yml"], [])
    leads_out = "This leads out of 's'; give '.' as a source of its own."
    assert find("s/?/../../s[[]1]/*") == ([], [f"s/{name}/../..: {leads_out}" for name in "abc"])
    paths, problems = discovery.find(["*.yml"], Path("s[1]").absolute())
    assert ([path.name for path in paths], problems) == (["4.yml"], [])


def test_many_links_to_each_other_are_walked_once(find: Find) -> None:
    """As many ways lead to the last folder as two to the power of twenty."""
    for number in range(20):
        make(f"a/{number:02}/1.yml")
        link(f"a/{number:02}/next", f"../{number + 1:02}")
        link(f"a/{number:02}/other", f"../{number + 1:02}")
    make("a/20/1.yml")
    for source in ("a", "a/**/*.yml"):
        found, problems = find(source)
        assert (len(found), problems) == (21, [])


def test_a_folder_that_cannot_be_read(find: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests may run as root, who may read everything."""
    make("a/1.yml", "a/closed/2.yml")
    listed = Path.iterdir

    def iterdir(folder: Path) -> Iterator[Path]:
        if folder.name == "closed":
            raise PermissionError(13, "Permission denied", str(folder))
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    assert find("a") == (["a/1.yml"], ["a/closed: This folder cannot be read: Permission denied."])
