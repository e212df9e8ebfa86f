# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fax documents: turn what was sent into fax pages, and these into TIFF, PDF and PostScript files."""

from __future__ import annotations

import hashlib
import re
import time
import warnings
from base64 import a85encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageSequence

_WIDTH, _HEIGHT = 1728, 1145
"""Size of a page of group 3 fax at standard resolution: 1728 dots across A4, 98 lines per inch."""
_LINES = 60
_MAX_PAGES = 200
_EPOCH = time.gmtime(0)
"""Placeholder of the date in a rendering."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Document as a client sent it."""

    filename: str
    content: bytes

    def __str__(self) -> str:
        """Return what the server shows of it in an objection."""
        return "Catalyst::Request::Upload=HASH(0x55d6c1a3e2d8)"


@dataclass(frozen=True, slots=True)
class Pages:
    """Document as a fax machine sees it. It is drawn only when somebody downloads it."""

    count: int
    draw: Callable[[], list[Image.Image]]


def read(upload: Upload) -> Pages:
    """Read a document. PDF and PostScript are not drawn: a page names the format."""
    content = upload.content
    if content.startswith((b"%PDF", b"%!PS")):
        found = len(re.findall(rb"/Type\s*/Page\b|^%%Page:", content, re.MULTILINE))
        return placeholder(max(1, min(found, _MAX_PAGES)), f"{upload.filename}, {len(content)} bytes")
    try:
        lines = content.decode().expandtabs().splitlines() or [""]
    except UnicodeDecodeError:
        return _read_image(upload)
    chunks = [lines[start : start + _LINES] for start in range(0, len(lines), _LINES)][:_MAX_PAGES]
    return Pages(len(chunks), lambda: [_draw("\n".join(chunk)) for chunk in chunks])


def _read_image(upload: Upload) -> Pages:
    def draw() -> list[Image.Image]:
        with Image.open(BytesIO(upload.content)) as image:
            return [
                _fit(frame) for frame, _unused in zip(ImageSequence.Iterator(image), range(_MAX_PAGES), strict=False)
            ]

    try:
        with warnings.catch_warnings(), Image.open(BytesIO(upload.content)) as image:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image.load()
            return Pages(min(getattr(image, "n_frames", 1), _MAX_PAGES), draw)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        return placeholder(1, f"{upload.filename}, {len(upload.content)} bytes")


def _fit(frame: Image.Image) -> Image.Image:
    gray = frame.convert("L")
    height = max(1, round(gray.height * _WIDTH / gray.width / 2))
    return gray.resize((_WIDTH, min(height, 4 * _HEIGHT))).convert("1")


def placeholder(count: int, title: str) -> Pages:
    """Return pages with a single line of text."""
    return Pages(count, lambda: [_draw(f"{title}\npage {number} of {count}") for number in range(1, count + 1)])


def _draw(text: str) -> Image.Image:
    # Enlarge a small page: Pillow's built-in font has one size.
    small = Image.new("1", (_WIDTH // 2, _HEIGHT), 1)
    printable = "".join(character if character.isprintable() or character == "\n" else "?" for character in text)
    ImageDraw.Draw(small).multiline_text((40, 40), printable.encode("latin-1", "replace").decode("latin-1"), fill=0)
    return small.resize((_WIDTH, _HEIGHT))


def tiff(images: Sequence[Image.Image]) -> bytes:
    """Return a TIFF of group 4, with every page in one strip."""
    buffer = BytesIO()
    images[0].save(
        buffer,
        "TIFF",
        save_all=True,
        append_images=images[1:],
        compression="group4",
        strip_size=1 << 24,
        dpi=(204, 98),
    )
    return buffer.getvalue()


_TITLE, _DATE, _XMP_DATE, _UUID = (f"@{name}@".encode() for name in ("title", "date", "xmp-date", "uuid"))
_XMP = b"""<?xpacket begin='\xef\xbb\xbf' id='W5M0MpCehiHzreSzNTczkc9d'?>
<x:xmpmeta xmlns:x='adobe:ns:meta/' x:xmptk='XMP toolkit 2.9.1-13, framework 1.6'>
<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:iX='http://ns.adobe.com/iX/1.0/'>
<rdf:Description rdf:about='%(uuid)s' xmlns:pdf='http://ns.adobe.com/pdf/1.3/' pdf:Producer='Simulator'/>
<rdf:Description rdf:about='%(uuid)s' xmlns:xmp='http://ns.adobe.com/xap/1.0/'><xmp:ModifyDate>%(at)s</xmp:ModifyDate>
<xmp:CreateDate>%(at)s</xmp:CreateDate></rdf:Description>
<rdf:Description rdf:about='%(uuid)s' xmlns:xapMM='http://ns.adobe.com/xap/1.0/mm/' xapMM:DocumentID='uuid:%(uuid)s'/>
<rdf:Description rdf:about='%(uuid)s' xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title><rdf:Alt>
<rdf:li xml:lang='x-default'>%(title)s</rdf:li></rdf:Alt></dc:title></rdf:Description>
</rdf:RDF></x:xmpmeta><?xpacket end='w'?>""" % {b"uuid": _UUID, b"at": _XMP_DATE, b"title": _TITLE}


def _pdf(version: bytes) -> Callable[[Sequence[Image.Image]], bytes]:
    """Return a PDF like Ghostscript's, with a page for each image, information and metadata, but without a date."""

    def render(images: Sequence[Image.Image]) -> bytes:
        first = 5
        pages = b" ".join(b"%d 0 R" % (first + 3 * place) for place in range(len(images)))
        objects = [
            b"<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R>>",
            b"<</Type/Pages/Kids[%s]/Count %d>>" % (pages, len(images)),
            b"<</Producer(Simulator)/CreationDate (D:%(at)s)/ModDate (D:%(at)s)\n/Title(%(title)s)>>"
            % {b"at": _DATE, b"title": _TITLE},
            _stream(b"/Type/Metadata/Subtype/XML", _XMP),
        ]
        for place, image in enumerate(images):
            own = first + 3 * place
            size = b"/Width %d/Height %d" % image.size
            decode = b"/DecodeParms<</K -1/Columns %d/Rows %d/BlackIs1 true>>" % image.size
            objects += [
                b"<</Type/Page/MediaBox[0 0 595 842]/Parent 2 0 R/Contents %d 0 R" % (own + 1)
                + b"/Resources<</XObject<</Fax %d 0 R>>>>>>" % (own + 2),
                _stream(b"", b"q 595 0 0 842 0 0 cm /Fax Do Q"),
                _stream(
                    b"/Subtype/Image/ColorSpace/DeviceGray/BitsPerComponent 1/Decode[0 1]/Filter/CCITTFaxDecode"
                    + size
                    + decode,
                    _group4(image),
                ),
            ]
        return version + b"\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % each for each in enumerate(objects, 1))

    return render


def _stream(entries: bytes, content: bytes) -> bytes:
    # The length of the varying part is inserted with it.
    length = b"@length@" if content == _XMP else b"%d" % len(content)
    return b"<<%s/Length %s>>stream\n%s\nendstream" % (entries, length, content)


def _group4(image: Image.Image) -> bytes:
    """Return an image as group 4 data."""
    file = tiff([image])
    with Image.open(BytesIO(file)) as stored:
        offset, length = (stored.tag_v2[tag][0] for tag in (273, 279))  # type: ignore[attr-defined]  # a TIFF's
    return file[offset : offset + length]


def postscript(images: Sequence[Image.Image]) -> bytes:
    """Return PostScript (level 2) with a page for each image, which it contains as group 4 data."""
    parts = [
        b"%%!PS-Adobe-3.0\n%%%%CreationDate: %s\n" % time.asctime(_EPOCH).encode()
        + b"%%%%Pages: %d\n%%%%LanguageLevel: 2\n%%%%EndComments\n" % len(images)
    ]
    for number, image in enumerate(images, 1):
        size = {b"w": image.width, b"h": image.height}
        parts.append(
            b"%%%%Page: %d %d\ngsave 595 842 scale /DeviceGray setcolorspace\n" % (number, number)
            + b"<< /ImageType 1 /Width %(w)d /Height %(h)d /BitsPerComponent 1 /Decode [0 1]\n" % size
            + b"/ImageMatrix [%(w)d 0 0 -%(h)d 0 %(h)d] /DataSource currentfile /ASCII85Decode filter\n" % size
            + b"<< /K -1 /Columns %(w)d /Rows %(h)d /BlackIs1 true >> /CCITTFaxDecode filter >> image\n" % size
            + a85encode(_group4(image), wrapcol=76)
            + b"~>\ngrestore showpage\n"
        )
    return b"".join([*parts, b"%%EOF\n"])


def _date_pdf(content: bytes, made: float) -> bytes:
    """Insert what differs each time: the date, a title (the name of a temporary file) and ids."""
    mark = hashlib.sha256(repr(made).encode()).hexdigest()
    title = f"/tmp/{mark[:10]}.tif"
    uuid = f"{mark[:8]}-{mark[8:12]}-{mark[12:16]}-0000-{mark[16:28]}"
    at = time.gmtime(made)
    put = {
        _TITLE: title,
        _DATE: time.strftime("%Y%m%d%H%M%S", at),
        _XMP_DATE: time.strftime("%Y-%m-%dT%H:%M:%SZ", at),
        _UUID: uuid,
    }
    metadata = _XMP
    for name, value in put.items():
        metadata = metadata.replace(name, value.encode())
        content = content.replace(name, value.encode())
    content = content.replace(b"@length@", b"%d" % len(metadata), 1)
    places: list[int] = []
    at_object = 0
    while (found := content.find(b"%d 0 obj\n" % (len(places) + 1), at_object)) >= 0:
        places.append(found)
        at_object = found + 1
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(places) + 1
    ident = mark[:32].encode()
    return (
        content
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer\n<</Size %d/Root 1 0 R/Info 3 0 R\n/ID [<%s> <%s>]\n>>\n" % (size, ident, ident)
        + b"startxref\n%d\n%%%%EOF\n" % len(content)
    )


def _date_postscript(content: bytes, made: float) -> bytes:
    """Insert the date of a PostScript file."""
    return content.replace(time.asctime(_EPOCH).encode(), time.asctime(time.gmtime(made)).encode(), 1)


@dataclass(frozen=True, slots=True)
class Format:
    """Format of a recording."""

    media_type: str
    extension: str
    render: Callable[[Sequence[Image.Image]], bytes]
    date: Callable[[bytes, float], bytes] = lambda content, made: content
    """Inserts the date. The TIFF is the stored file; the other formats are generated for each download."""


FORMATS: Final[Mapping[str, Format]] = {
    "": Format("image/tiff", "tif", tiff),
    "ps": Format("application/postscript", "ps", postscript, _date_postscript),
    "pdf": Format("application/pdf", "pdf", _pdf(b"%PDF-1.3"), _date_pdf),
    "pdf14": Format("application/pdf", "pdf", _pdf(b"%PDF-1.4"), _date_pdf),
}
"""Formats by the value of `format`. The server does not know `tif` and `tiff` (docs/ngcp-api.md#recordings)."""
