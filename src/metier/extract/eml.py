"""E-mail (RFC 5322): its headers as text, the body (plain, or HTML), attachments by name."""

import email
import email.policy
import email.utils
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from metier.extract.detect import EML
from metier.extract.html import read_markup
from metier.extract.raw import RawBlock, RawDocument, RawPage, Unreadable, one_line
from metier.extract.text import decode, paragraphs

_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """Subject as heading, headers, body. Raises Unreadable "encrypted", "corrupt"."""
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):  # saved as text by an editor
        data = decode(data).encode()
    message = email.message_from_bytes(data, policy=email.policy.default)
    if not isinstance(message, EmailMessage) or not message.keys():
        raise Unreadable("corrupt", "no mail headers in it; export the message again")
    if message.get_content_type() in _ENCRYPTED and "signed" not in str(message.get_param("smime-type", "")):
        raise Unreadable("encrypted", "the message is encrypted; save it decrypted")
    subject = _header(message, "Subject")
    raw = RawDocument(EML, "metier eml 1", [RawPage()], [], title=subject, dated=_date(message))
    if subject:
        raw.blocks.append(RawBlock("heading", subject, level=1))
    lines = [f"{name}: {value}" for name in _SHOWN if (value := _header(message, name))]
    raw.blocks.append(RawBlock("paragraph", "\n".join(lines)))
    raw.blocks += _body(message)
    if names := _attachments(message):
        raw.blocks.append(RawBlock("paragraph", "Attachments: " + ", ".join(names)))
        raw.warnings += [f"attachment {name} is not read; save it beside the message" for name in names]
    return raw


def _header(message: EmailMessage, name: str) -> str:
    try:
        return one_line(str(message.get(name, "")))
    except (
        ValueError,
        IndexError,
        AttributeError,
        TypeError,
    ):  # broken headers break the standard library's parser
        return ""


def _date(message: EmailMessage) -> str:
    try:
        return email.utils.parsedate_to_datetime(_header(message, "Date")).date().isoformat()
    except (ValueError, TypeError, IndexError):
        return ""


def _body(message: EmailMessage) -> list[RawBlock]:
    try:
        part = message.get_body(preferencelist=("plain", "html"))
    except (ValueError, AttributeError, KeyError):
        part = None
    blocks: list[RawBlock] = []
    for kind in ("plain", "html"):  # a plain part without text is a placeholder
        part = _part(message, kind)
        if part is None:
            continue
        text = _text(part)
        blocks = paragraphs(text) if kind == "plain" else read_markup(text).blocks
        if blocks:
            break
    return blocks


def _part(message: EmailMessage, kind: str) -> Any:
    for part in message.walk():
        if part.get_content_type() == f"text/{kind}" and part.get_content_disposition() != "attachment":
            return part
    return None


def _text(part: Any) -> str:
    data = part.get_payload(decode=True) or b""
    declared = part.get_content_charset()
    if declared:
        try:
            return str(data.decode(declared))
        except (LookupError, UnicodeDecodeError):
            pass  # declared wrongly; the bytes themselves tell better
    return decode(data)


def _attachments(message: EmailMessage) -> list[str]:
    names = []
    for part in message.walk():
        name = part.get_filename()
        if part.is_multipart() and not name:
            continue
        if name or part.get_content_disposition() == "attachment":
            names.append(one_line(name or part.get_content_type()))
    return names
