"""Files of strangers, opened in bounded time and memory. Plain Python."""

import io
import re
import zipfile

from lxml import etree

MOST_BYTES = 32 * 1024 * 1024
MOST_UNPACKED = 256 * 1024 * 1024
MOST_PARTS = 2_000
CHUNK = 1024 * 1024
DECLARATIONS = ("<!DOCTYPE", "<!ENTITY")


class FileError(Exception):
    """What is wrong with a file: a name in ``labels.FILE_FAULTS``, and its gaps."""

    def __init__(self, name, /, **about):
        super().__init__(name)
        self.name = name
        self.about = about


def check_size(size):
    """:raises FileError: ``too_large``"""
    if size > MOST_BYTES:
        raise FileError("too_large", most=MOST_BYTES // 2**20, size=size // 2**20)
    if not size:
        raise FileError("empty")


def text_of(content):
    """Bytes as text: UTF-8, or UTF-16 with its mark.

    :raises FileError: ``encoding``
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    else:
        encoding = "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileError("encoding", place=error.start) from error


def xml_root(content):
    """The root of an XML file that declares no entities.

    :raises FileError: ``declarations``, ``bad_xml``
    """
    for word in DECLARATIONS:
        for encoding in ("ascii", "utf-16-le", "utf-16-be"):
            if word.encode(encoding) in content:
                raise FileError("declarations")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        line = getattr(error, "lineno", 0) or 0
        raise FileError("bad_xml", line=line) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise FileError("declarations")
    return root


def workbook_of(content):
    """A spreadsheet file, opened for reading after a look at what is packed in it.

    :return: the workbook of openpyxl, read row by row, with values for formulas
    :raises FileError: ``not_a_workbook``, ``zip_bomb``, ``declarations``
    """
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            _check_parts(packed)
        return load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except FileError:
        raise
    except Exception as error:  # openpyxl has many names for "not a workbook"
        raise FileError("not_a_workbook") from error


def _check_parts(packed):
    """Nothing in it is huge or declares entities; sizes are counted, not believed."""
    parts = packed.infolist()
    if len(parts) > MOST_PARTS:
        raise FileError("zip_bomb", most=MOST_UNPACKED // 2**20)
    left = MOST_UNPACKED
    for part in parts:
        is_xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
        tail = b""
        with packed.open(part) as stream:
            while chunk := stream.read(CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise FileError("zip_bomb", most=MOST_UNPACKED // 2**20)
                if is_xml:
                    seen = (tail + chunk).replace(b"\x00", b"")
                    if any(word.encode() in seen for word in DECLARATIONS):
                        raise FileError("declarations")
                    tail = chunk[-32:]


CLOCK = re.compile(r"(\d{1,2})\s*[:.hH]\s*(\d{2})")


def clocks(text):
    """Up to two times of day in a label: ``"09:00 - 09:50"`` → ``["09:00", "09:50"]``.

    Times that no clock shows are left out.
    """
    found = []
    for hours, minutes in CLOCK.findall(text or ""):
        if int(hours) < 24 and int(minutes) < 60:
            found.append(f"{int(hours):02d}:{minutes}")
    return found[:2]


def weekday_of(name):
    """0 to 6 of an English weekday or its beginning, or None."""
    word = (name or "").strip().lower()
    names = ("monday", "tuesday", "wednesday", "thursday", "friday")
    for number, full in enumerate((*names, "saturday", "sunday")):
        if len(word) >= 2 and full.startswith(word):
            return number
    return None
