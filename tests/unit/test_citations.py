# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every citation and every relative link leads to a file and, after a `#`, to a heading in it."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
FENCED = re.compile(r"^ *(```+|~~~+).*?^ *\1", re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"`[^`\n]+`")
HEADING = re.compile(r"^#{1,6} +(.+?) *#* *$", re.MULTILINE)
LINK = re.compile(r"\]\(([^()\s]+)(?: \"[^\"\n]*\")?\)|^ *\[[^\]\n]+\]: +(\S+)", re.MULTILINE)
LINK_TEXT = re.compile(r"\[[^\[\]]*(?=\]\()")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
CITATION = re.compile(
    r"(?<![\w./-])(?:benchmarks|docs|example|extensions|meta|playbooks|plugins|roles|scripts|tests)"
    r"/[\w./-]*\w\.(?:json|md|py|sh|yml)\b(?:#[\w-]*)?"
)
# These two are cited by path and anchor, so that a reader, and this test, finds the place. The quoted name of a file in
# code is not a citation.
FACTS = re.compile(r'"(?:ngcp-api|design)\.md"(?!")|(docs/)?((?:ngcp-api|design)\.md)(#\w)?')
# Also over the end of a line, in a comment too.
RULE_BY_NUMBER = re.compile(r"[Dd]esign[\s#,]+[Rr]ules?\b")


@cache
def anchors(markdown: str) -> set[str]:
    """Return the anchors that GitHub gives the headings of a document."""
    found: set[str] = set()
    times: Counter[str] = Counter()
    for heading in HEADING.findall(FENCED.sub("", markdown)):
        text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        found.add(f"{slug}-{times[slug]}" if times[slug] else slug)
        times[slug] += 1
    return found


def resolves(start: Path, target: str) -> bool:
    """Tell whether `target`, a path with or without an anchor, leads somewhere from the folder or file `start`."""
    name, hash_sign, anchor = unquote(target).partition("#")
    path = (start if start.is_dir() else start.parent) / name if name else start
    if not hash_sign:
        return path.exists()
    return path.suffix == ".md" and path.is_file() and anchor in anchors(path.read_text(encoding="utf-8"))


def links(markdown: str) -> list[str]:
    """Return the targets of the relative links in a document."""
    text = INLINE_CODE.sub("", FENCED.sub("", markdown))
    return [target for pair in LINK.findall(text) if not ELSEWHERE.match(target := pair[0] or pair[1])]


def problems(root: Path, paths: Iterable[Path]) -> Iterator[str]:
    """Yield a line for each citation or link in `paths` that leads nowhere, or that does not say where to."""
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        name = path.relative_to(root)
        if path.suffix == ".md":
            yield from (f"{name}: {target}" for target in links(text) if not resolves(path, target))
            text = LINK.sub("", LINK_TEXT.sub("", text))
        yield from (f"{name}: {cited}" for cited in CITATION.findall(text) if not resolves(root, cited))
        yield from (
            f"{name}: {page}" for folder, page, anchor in FACTS.findall(text) if page and not (folder and anchor)
        )
        yield from (f"{name}: {' '.join(rule.split())}" for rule in RULE_BY_NUMBER.findall(text))


def repository() -> list[Path]:
    """Return the files that git tracks or would track, without this one, whose examples are wrong on purpose."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and path != Path(__file__).resolve()]


def test_every_citation_and_link_of_the_repository_resolves() -> None:
    paths = repository()
    code = "\n".join(path.read_text(encoding="utf-8") for path in paths if path.suffix == ".py")
    assert {"docs/ngcp-api.md", "docs/design.md"} <= {cited.partition("#")[0] for cited in CITATION.findall(code)}
    assert list(problems(ROOT, paths)) == []


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.py", "# See docs/ngcp-api.md#a-fact.", None),
        ("a.py", "# See docs/ngcp-api.md#no-fact.", "docs/ngcp-api.md#no-fact"),
        ("a.py", "# See docs/nowhere.md.", "docs/nowhere.md"),
        ("a.py", "# See plugins/moved.py.", "plugins/moved.py"),
        ("a.py", "# See tests/unit/test_loader.py, and others/tests/unit/test_moved.py.", "tests/unit/test_loader.py"),
        ("a.yml", "description: See docs/nowhere.md#a-fact.", "docs/nowhere.md#a-fact"),
        ("a.py", "# See ngcp-api.md#a-fact.", "ngcp-api.md"),
        ("a.py", "# See docs/ngcp-api.md, section A fact.", "ngcp-api.md"),
        ("a.py", "# See design.md.", "design.md"),
        ("a.py", '"""See design.md"""', "design.md"),
        ("a.py", 'DESIGN = DOCS / "design.md"', None),
        ("a.py", "# (design rule 8)", "design rule"),
        ("a.py", "    # as the design,\n    # rules 1 to 5, says", "design, # rules"),
        ("a.md", "[one](docs/ngcp-api.md#a-fact), [two](docs), [three](#here)\n# Here", None),
        ("a.md", "[docs/ngcp-api.md](docs/ngcp-api.md)", None),
        ("a.md", "It is in `ngcp-api.md`.", "ngcp-api.md"),
        ("a.md", "[one](https://example.com/nothing#here), `[two](nothing)`", None),
        ("a.md", "[one](docs/ngcp-api.md#no-fact)", "docs/ngcp-api.md#no-fact"),
        ("a.md", "[one](#here)\n```\n# Here\n```", "#here"),
        ("a.md", "![one](nothing.png)", "nothing.png"),
        ("a.md", '[one](nothing.md "title")', "nothing.md"),
        ("a.md", "[one]\n\n[one]: nothing.md", "nothing.md"),
        ("docs/a.md", "[one](ngcp-api.md#a-fact)", None),
        ("docs/a.md", "[one](docs/ngcp-api.md)", "docs/ngcp-api.md"),
    ],
)
def test_what_leads_nowhere_is_found(tmp_path: Path, name: str, text: str, found: str | None) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "ngcp-api.md").write_text("# Facts\n\n## A fact\n", encoding="utf-8")
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert list(problems(tmp_path, [tmp_path / name])) == ([] if found is None else [f"{name}: {found}"])


def test_anchors_are_those_of_github() -> None:
    text = "# The `name`, and [its](x.md) rôle\n## PATCH\n### PATCH ###\n```sh\n# not this\n```\n## a_b - c: d/e?\n"
    assert anchors(text) == {"the-name-and-its-rôle", "patch", "patch-1", "a_b---c-de"}
