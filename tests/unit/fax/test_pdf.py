# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison of PDF documents ignores only what differs between conversions."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.pdf import Unclear, lasting
from tests.simulator import documents

TEXT = b"BT (/CreationDate (D:1)) Tj /ID [<aa>] ET"
Make = Callable[..., bytes]


def xmp(made: str) -> bytes:
    return f"""<?xpacket begin='' id='W5M0'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF>
<rdf:Description rdf:about='uuid:{made}' pdf:Producer='GPL Ghostscript 9.53.3'/>
<rdf:Description rdf:about=""><xmp:ModifyDate>{made}</xmp:ModifyDate>
<xmp:CreateDate>{made}</xmp:CreateDate><xmp:CreatorTool>Fax</xmp:CreatorTool></rdf:Description>
<rdf:Description rdf:about="" xapMM:DocumentID='uuid:{made}' xmpMM:InstanceID="uuid:{made}"/>
<rdf:Description rdf:about="" dc:format='application/pdf'><dc:title><rdf:Alt>
<rdf:li xml:lang='x-default'>/tmp/{made}</rdf:li></rdf:Alt></dc:title></rdf:Description>
</rdf:RDF></x:xmpmeta><?xpacket end='w'?>""".encode()


def stream(entries: bytes, content: bytes) -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(content), content)


def information(made: str, producer: bytes = b"GPL Ghostscript") -> bytes:
    title = f"(/tmp/{made} \\) (a\\\\) >>)".encode()
    return b"<</Producer(%s)/Title%s\n/CreationDate(D:%s)/ModDate(D:%s)>>" % (producer, title, *[made.encode()] * 2)


def classic(
    made: str, text: bytes = TEXT, producer: bytes = b"GPL Ghostscript", metadata: bytes | None = None
) -> bytes:
    """As Ghostscript wrote it until 10: a table of places, the metadata as they are, the length of a page apart."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R>>",
        b"<</Type/Pages/Kids[5 0 R]/Count 1>>",
        information(made, producer),
        stream(b"/Type/Metadata/Subtype/XML", xmp(made) if metadata is None else metadata),
        b"<</Type/Page/MediaBox [0 0 595 842]/Parent 2 0 R/Contents 6 0 R>>",
        b"<</Length 7 0 R>>stream\n%s\nendstream" % text,
        b"%d" % len(text),
    ]
    content, places = b"%PDF-1.4\n%\xc7\xec\x8f\xa2\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    mark = made.encode().hex().encode()
    return (
        content
        + b"xref\n0 8\n0000000000 65535 f \n%s" % table
        + b"trailer\n<< /Size 8 /Root 1 0 R /Info 3 0 R\n/ID [<%s><%s>]\n>>\n" % (mark, mark)
        + b"startxref\n%d\n%%%%EOF\n" % len(content)
    )


def packed(made: str, text: bytes = TEXT, producer: bytes = b"GPL Ghostscript", metadata: bytes | None = None) -> bytes:
    """As newer ones write it: objects in a compressed stream, the places in another one, the metadata compressed."""
    inner = [
        (1, b"<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R>>"),
        (2, b"<</Type/Pages/Kids[5 0 R]/Count 1>>"),
        (3, information(made, producer)),
        (5, b"<</Type/Page/MediaBox [0 0 595 842]/Parent 2 0 R/Contents 6 0 R>>"),
    ]
    bodies, heads = b"", b""
    for number, body in inner:
        heads += b"%d %d " % (number, len(bodies))
        bodies += body + b" "
    flate = b"/Filter/FlateDecode"
    own = xmp(made) if metadata is None else metadata
    content = b"%PDF-1.7\n"
    for number, body in (
        (4, stream(b"/Type/Metadata/Subtype/XML" + flate, zlib.compress(own))),
        (6, stream(flate, zlib.compress(text))),
        (7, stream(b"/Type/ObjStm/N 4/First %d" % len(heads) + flate, zlib.compress(heads + bodies))),
    ):
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    place = len(content)
    mark = made.encode().hex().encode()
    entries = b"/Type/XRef/Size 9/W[1 2 1]/Root 1 0 R/Info 3 0 R/ID[<%s><%s>]" % (mark, mark) + flate
    content += b"8 0 obj\n%s\nendobj\n" % stream(entries, zlib.compress(made.encode() * 9))
    return content + b"startxref\n%d\n%%%%EOF\n" % place


@pytest.mark.parametrize("make", [classic, packed])
@pytest.mark.parametrize("made", ["20261104100001", "later, with a longer name"])
def test_the_same_document_converted_again(make: Make, made: str) -> None:
    assert make("20261104100000") != make(made)
    assert lasting(make("20261104100000")) == lasting(make(made))


@pytest.mark.parametrize("make", [classic, packed])
@pytest.mark.parametrize(
    "other",
    [
        {"text": TEXT.replace(b"(D:1)", b"(D:2)")},
        {"text": TEXT.replace(b"<aa>", b"<bb>")},
        {"text": TEXT + b" "},
        {"text": b""},
        {"producer": b"another"},
        {"metadata": xmp("2026").replace(b">Fax<", b">Scan<")},
    ],
    ids=str,
)
def test_another_document(make: Make, other: dict[str, bytes]) -> None:
    assert lasting(make("2026")) != lasting(make("2026", **other))


def test_a_wrong_length_and_information_that_nobody_names_change_nothing() -> None:
    def damaged(made: str, text: bytes = TEXT) -> bytes:
        return re.sub(rb"/Length \d+", b"/Length 1", classic(made, text)).replace(b"/Info 3 0 R", b"")

    assert lasting(damaged("2026")) == lasting(damaged("2027, longer"))
    assert lasting(damaged("2026")) != lasting(damaged("2026", TEXT + b"endstream endobj /ID [<aa>]"))


def test_a_title_that_is_no_conversions_counts() -> None:
    page = b"/Parent 2 0 R"
    one, other = (
        classic("2026").replace(page, page + b"/Title(%s)/CreationDate(D:%s)" % (each, each)) for each in (b"1", b"2")
    )
    assert lasting(one) != lasting(other)


@pytest.mark.parametrize(
    "content",
    [
        classic("2026") + b"6 0 obj\n<<>>\nendobj\n",  # which of the two is shown, the places tell
        classic("2026").replace(b"endstream", b"endstrea"),
        classic("2026")[:150],
        packed("2026").replace(b"/N 4", b"/N 5"),
        packed("2026").replace(b"/First ", b"/Third "),
        packed("2026").replace(b"/XML/Filter/FlateDecode", b"/XML/Filter/LZWDecode"),
        packed("2026").replace(b"\x78\x9c", b"\x79\x9c", 1),
        b"%PDF-1.4\n1 0 obj\n<</A(b\nendobj",
        b"%PDF-1.4\n1 0 obj\n<</A[b\nendobj",
    ],
)
def test_nobody_can_tell(content: bytes) -> None:
    with pytest.raises(Unclear):
        lasting(content)


def test_what_is_no_pdf_is_compared_as_it_is() -> None:
    assert lasting(b"%PDF-1.4 a") != lasting(b"%PDF-1.4")


@pytest.mark.parametrize("name", ["pdf", "pdf14"])
def test_the_simulators(name: str) -> None:
    chosen = documents.FORMATS[name]
    pages = documents.placeholder(2, "title").draw()
    content = chosen.render(pages)
    one, other = chosen.date(content, 1_000_000), chosen.date(content, 2_000_007)
    assert re.search(rb"/Title\(/tmp/\w+\.tif\)", one)
    assert one != other
    assert lasting(one) == lasting(other)
    less = chosen.date(chosen.render([*pages[:1], pages[1].rotate(180)]), 1_000_000)
    assert lasting(one) != lasting(less)
