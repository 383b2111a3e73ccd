"""E-mail (RFC 5322): its headers as text, the body (plain, or HTML), attachments by name (as documents: connect/containers.py)."""

import email
import email.policy
import email.utils
from collections.abc import Iterator, Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from metier.extract.detect import EML
from metier.extract.html import read_markup
from metier.extract.raw import RawBlock, RawDocument, RawPage, Unreadable, one_line
from metier.extract.text import decode, paragraphs

# Endings of messages whose attachments become documents of their own (connect/containers.py).
MAILS = (".eml", ".msg")
_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """Subject as heading, headers, body. Raises Unreadable "encrypted", "corrupt"."""
    message = email.message_from_bytes(_bytes_of(path), policy=email.policy.default)
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
    attachment_notes(raw, [name for name, _ in _attachments(message)], str(request.get("uri", "")))
    return raw


def attachment_notes(raw: RawDocument, names: Sequence[str], uri: str) -> None:
    """Names the attachments; where nobody will read them (the message's own name does not say that it is one) warns."""
    if not names:
        return
    raw.blocks.append(RawBlock("paragraph", "Attachments: " + ", ".join(names)))
    if not uri.lower().endswith(MAILS):
        raw.warnings += [f"attachment {name} is not read; save it beside the message" for name in names]


def attachments(path: Path) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of each attached file or message."""
    message = email.message_from_bytes(_bytes_of(path), policy=email.policy.default)
    for name, part in _attachments(message):
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0)
            yield name if name.lower().endswith(".eml") else f"{name}.eml", inner.as_bytes()
        elif not part.is_multipart():
            yield name, part.get_payload(decode=True) or b""


def _bytes_of(path: Path) -> bytes:
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):  # saved as text by an editor
        return decode(data).encode()
    return data


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
    for part in _own_parts(message):
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


def _attachments(message: Any) -> Iterator[tuple[str, Any]]:
    """(name, part) of everything attached; what is inside an attached message is that message's."""
    for part in _own_parts(message):
        if part.get_content_type() == "message/rfc822":
            yield one_line(part.get_filename() or _header(part.get_payload(0), "Subject") or "message"), part
        elif not part.is_multipart() and (
            part.get_filename() or part.get_content_disposition() == "attachment"
        ):
            yield one_line(part.get_filename() or part.get_content_type()), part


def _own_parts(message: Any) -> Iterator[Any]:
    """The message and its parts, attached messages without what is inside them."""
    yield message
    if message.is_multipart() and message.get_content_type() != "message/rfc822":
        for part in message.get_payload():
            yield from _own_parts(part)
