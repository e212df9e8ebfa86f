# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare PDF documents, ignoring what differs between two conversions of the same document. No I/O.

The differences are the document's title (the name of a temporary file), the times and ids in its information and its
metadata (XMP), the trailer's /ID, and all positions in the file. Everything else is compared byte by byte
(ISO 32000-1, 7.5).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# Keys whose values differ with each conversion: of the information dictionary, a trailer, and streams.
OF_INFO = frozenset({b"/Title", b"/CreationDate", b"/ModDate"})
OF_TRAILER = frozenset({b"/ID", b"/Prev", b"/XRefStm"})
OF_XREF_STREAM = OF_TRAILER | {b"/Length", b"/W", b"/Index", b"/Filter", b"/DecodeParms"}
OF_PACKED = frozenset({b"/Length", b"/First", b"/Filter", b"/DecodeParms"})
BLANKS = b"\x00\t\n\f\r "
OBJECT = re.compile(rb"(?<![0-9])([0-9]{1,10})[\x00\t\n\f\r ]+([0-9]{1,5})[\x00\t\n\f\r ]+obj\b")
NUMBER = re.compile(rb"(?<![0-9])([0-9]{1,10})\s+0\s+obj\s+([0-9]{1,10})\s+endobj")
REFERENCE = re.compile(rb"([0-9]+)[\x00\t\n\f\r ]+[0-9]+[\x00\t\n\f\r ]+R")
STREAM = re.compile(rb"[\x00\t\n\f\r ]*stream\r?\n")
END_OF_STREAM = re.compile(rb"[\r\n]{0,2}endstream\b")
OFFSET = re.compile(rb"(?<![0-9])[0-9]{10} (?=[0-9]{5} n)")
START = re.compile(rb"\bstartxref\s+[0-9]+")
# The parts that differ in a file without any objects.
DATES = re.compile(rb"/(CreationDate|ModDate)\s*\([^)]*\)|/ID\s*\[[^\]]*\]")
TOKEN = re.compile(
    rb"[\x00\t\n\f\r ]+|%[^\r\n]*|<<|>>|[\[\]()>]|<[^<>]*>"
    rb"|/[^\x00\t\n\f\r ()<>\[\]{}/%]*|[^\x00\t\n\f\r ()<>\[\]/%]+"
)
IN_STRING = re.compile(rb"\\.|[()]", re.DOTALL)
_NAMES = rb"(?:CreateDate|ModifyDate|MetadataDate|DocumentID|InstanceID|OriginalDocumentID|title)"
XMP = re.compile(
    rb"<(\w+:" + _NAMES + rb")\b[^>]*>.*?</\1\s*>|\s(?:\w+:" + _NAMES + rb"|rdf:about)\s*=\s*(?:'[^']*'|\"[^\"]*\")",
    re.DOTALL,
)


class Unclear(ValueError):
    """The content is not a PDF, or only a viewer could tell what it shows."""


@dataclass
class Thing:
    """An indirect object."""

    number: int
    entries: dict[bytes, bytes]
    """Its dictionary, empty if it has none; each value as written."""
    rest: bytes
    """The bytes after the dictionary and the stream."""
    stream: bytes | None = None

    def is_a(self, kind: bytes) -> bool:
        """Return True if its dictionary names this type."""
        return self.entries.get(b"/Type") == kind


@dataclass
class _Parts:
    """The parts of a file, in their order."""

    things: list[Thing] = field(default_factory=list)
    between: list[bytes] = field(default_factory=list)
    trailers: list[dict[bytes, bytes]] = field(default_factory=list)


def lasting(content: bytes) -> list[object]:
    """Return what all conversions of one document have in common. Raises `Unclear` if that cannot be determined."""
    parts = _take_apart(content)
    things = [part for thing in parts.things for part in _unpacked(thing)]
    numbers = [thing.number for thing in things]
    # If two objects have the same number, the offsets decide which one counts.
    if len(set(numbers)) < len(numbers):
        raise Unclear("two objects with one number")
    roots = [*parts.trailers, *(thing.entries for thing in things if thing.is_a(b"/XRef"))]
    infos = {number for root in roots for number in _references(root.get(b"/Info", b""))}
    infos = infos or {thing.number for thing in things if _looks_like_information(thing)}
    metadata = [thing for thing in things if _is_metadata(thing)]
    lengths = {number for thing in metadata for number in _references(thing.entries.get(b"/Length", b""))}
    return [
        [_without(trailer, OF_TRAILER) for trailer in parts.trailers],
        [START.sub(b"", OFFSET.sub(b"", one if things else DATES.sub(b"", one))).split() for one in parts.between],
        [_lasting(thing, infos) for thing in things if thing.number not in lengths],
    ]


def _lasting(thing: Thing, infos: set[int]) -> object:
    """Return the part of an object that all conversions share; `infos`: the numbers of information dictionaries."""
    entries, stream = thing.entries, thing.stream
    if thing.number in infos:
        entries = _without(entries, OF_INFO)
    if thing.is_a(b"/XRef"):
        entries, stream = _without(entries, OF_XREF_STREAM), None
    elif thing.is_a(b"/ObjStm"):
        entries, stream = _without(entries, OF_PACKED), None
    elif _is_metadata(thing):
        entries, stream = _without(entries, OF_PACKED), XMP.sub(b"", _decoded(thing))
    return [thing.number, list(entries.items()), thing.rest, stream]


def _looks_like_information(thing: Thing) -> bool:
    """Return True if an object is the information dictionary of a file whose trailer names none. (Objects that belong
    to pages have a type.)
    """
    is_visible = thing.stream is not None or thing.entries.keys() & {b"/Type", b"/Subtype"}
    return not is_visible and bool(thing.entries.keys() & {b"/Producer", b"/CreationDate", b"/ModDate"})


def _is_metadata(thing: Thing) -> bool:
    return thing.is_a(b"/Metadata") and thing.entries.get(b"/Subtype") == b"/XML" and thing.stream is not None


def _without(entries: dict[bytes, bytes], names: frozenset[bytes]) -> dict[bytes, bytes]:
    return {name: value for name, value in entries.items() if name not in names}


def _references(value: bytes) -> list[int]:
    return [int(number) for number in REFERENCE.findall(value)]


def _take_apart(content: bytes) -> _Parts:
    """Split a file into its objects and the text between them."""
    parts, at = _Parts(), 0
    # An object that is only a number may be the length of a stream; a stream may hold the same bytes.
    lengths: dict[int, list[int]] = {}
    for number, value in NUMBER.findall(content):
        lengths.setdefault(int(number), []).append(int(value))
    while found := OBJECT.search(content, at):
        _keep_between(parts, content[at : found.start()])
        thing, at = _object(content, int(found[1]), found.end(), lengths)
        parts.things.append(thing)
    _keep_between(parts, content[at:])
    return parts


def _keep_between(parts: _Parts, text: bytes) -> None:
    """Keep the text between two objects: a trailer's entries, and the rest."""
    before, keyword, after = text.partition(b"trailer")
    if keyword:
        entries, end = _dictionary(after, 0)
        parts.trailers.append(entries)
        before += after[end:]
    parts.between.append(before)


def _object(content: bytes, number: int, at: int, lengths: Mapping[int, list[int]]) -> tuple[Thing, int]:
    """Read the object whose value begins at `at`; return it and its end."""
    entries, end = _dictionary(content, at)
    stream = None
    if entries and (begin := STREAM.match(content, end)):
        stream, end = _stream(content, _sizes(entries, lengths), begin.end())
    last = content.find(b"endobj", end)
    if last < 0:
        raise Unclear("an object without an end")
    return Thing(number, entries, content[end:last].strip(), stream), last + len(b"endobj")


def _sizes(entries: Mapping[bytes, bytes], lengths: Mapping[int, list[int]]) -> list[int]:
    """List the lengths that a stream with these entries may have."""
    length = entries.get(b"/Length", b"")
    return [int(length)] if length.isdigit() else [size for one in _references(length) for size in lengths.get(one, ())]


def _stream(content: bytes, sizes: list[int], begin: int) -> tuple[bytes, int]:
    """Return the bytes of the stream that starts at `begin`, and its end."""
    for size in sizes:
        closing = END_OF_STREAM.match(content, begin + size)
        if closing:
            return content[begin : begin + size], closing.end()
    # The length is wrong. What follows still counts, whatever it belongs to.
    closing = END_OF_STREAM.search(content, begin)
    if not closing:
        raise Unclear("a stream without an end")
    return content[begin : closing.start()], closing.end()


def _dictionary(content: bytes, at: int) -> tuple[dict[bytes, bytes], int]:
    """Return the entries of the dictionary at `at`, each value as written, and its end; no entries if there is
    something else.
    """
    tokens = _tokens(content, at)
    first, end = next(tokens, (b"", at))
    if first != b"<<":
        return {}, at
    entries: dict[bytes, bytes] = {}
    name, depth = b"", 0
    value: list[bytes] = []
    for token, after in tokens:
        end = after
        if depth == 0 and token == b">>":
            break
        depth += (token in (b"<<", b"[")) - (token in (b">>", b"]"))
        if depth == 0 and token.startswith(b"/") and (not name or value):
            if name:
                entries[name] = b" ".join(value)
            name, value = token, []
        else:
            value.append(token)
    else:
        raise Unclear("a dictionary without an end")
    if name:
        entries[name] = b" ".join(value)
    return entries, end


def _tokens(content: bytes, at: int) -> Iterator[tuple[bytes, int]]:
    """Yield the tokens from `at` on, each with its end, without whitespace and comments."""
    while found := TOKEN.match(content, at):
        token, at = found[0], found.end()
        if token == b"(":
            at = _end_of_string(content, at)
            token = content[found.start() : at]
        if token.strip(BLANKS) and not token.startswith(b"%"):
            yield token, at


def _end_of_string(content: bytes, at: int) -> int:
    """Return the end of the text whose `(` ends at `at`; parentheses may be nested in it."""
    depth = 1
    for found in IN_STRING.finditer(content, at):
        depth += (found[0] == b"(") - (found[0] == b")")
        if not depth:
            return found.end()
    raise Unclear("a text without an end")


def _unpacked(thing: Thing) -> Iterator[Thing]:
    """Yield an object, and the objects that are packed into it."""
    yield thing
    if not thing.is_a(b"/ObjStm") or thing.stream is None:
        return
    content = _decoded(thing)
    sizes = [thing.entries.get(name, b"") for name in (b"/First", b"/N")]
    if not all(map(bytes.isdigit, sizes)):
        raise Unclear("packed objects that are not announced")
    first, count = map(int, sizes)
    numbers = [int(one) for one in content[:first].split()]
    places = [first + one for one in numbers[1::2]]
    if len(numbers) != 2 * count or places != sorted(places):
        raise Unclear("packed objects that are not as announced")
    for number, begin, end in zip(numbers[::2], places, [*places[1:], len(content)], strict=True):
        entries, after = _dictionary(content[begin:end], 0)
        yield Thing(number, entries, content[begin + after : end].strip())


def _decoded(thing: Thing) -> bytes:
    """Return a stream, decompressed. Raises `Unclear` for a filter that converters do not use here."""
    filter_name = thing.entries.get(b"/Filter", b"").strip(b"[] ")
    if not filter_name:
        return thing.stream or b""
    if filter_name != b"/FlateDecode" or thing.entries.get(b"/DecodeParms", b"null") != b"null":
        raise Unclear("an unusual filter")
    try:
        return zlib.decompress(thing.stream or b"")
    except zlib.error as error:
        raise Unclear("a damaged stream") from error
