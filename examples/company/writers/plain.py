"""HTML, e-mail, Markdown, plain text and CSV."""

import csv
import datetime as dt
import io
import textwrap
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from itertools import groupby

from examples.company.markup import stable
from examples.company.model import Block, Rendered

_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head><meta charset="utf-8"><title>{title}</title>
<style>body{{font-family:sans-serif;max-width:50em;margin:auto}}td,th{{border:1px solid #999;padding:4px}}</style></head>
<body>
<nav><a href="/">Intranet</a> | <a href="/az">A-Z</a> | <a href="/search">{search}</a></nav>
<main>
<h1>{title}</h1>
{body}
</main>
<footer>{footer}</footer>
</body>
</html>
"""


def write_html(document: Rendered) -> bytes:
    """The document as an intranet page with navigation and footer around it."""
    page = _PAGE.format(
        language=document.language,
        title=escape(document.title),
        search="Suche" if document.language == "de" else "Search",
        body=_html_body(document),
        footer=escape(f"{document.meta.get('company', '')} {document.meta.get('footer', '')}"),
    )
    return page.encode()


def _html_body(document: Rendered) -> str:
    parts: list[str] = []
    if document.meta.get("subtitle"):
        parts.append(f"<p><em>{escape(document.meta['subtitle'])}</em></p>")
    for kind, run in groupby(document.blocks, key=lambda block: block.kind):
        blocks = list(run)
        if kind == "item":
            parts.append(
                "<ul>\n" + "\n".join(f"<li>{escape(block.text)}</li>" for block in blocks) + "\n</ul>"
            )
        else:
            parts.extend(_html_block(block) for block in blocks)
    return "\n".join(part for part in parts if part)


def _html_block(block: Block) -> str:
    if block.kind == "heading":
        level = min(block.level + 1, 4)
        return f"<h{level}>{escape(block.text)}</h{level}>"
    if block.kind == "table":
        rows = [
            "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) + "</tr>"
            for tag, row in (("th" if index == 0 else "td", row) for index, row in enumerate(block.rows))
        ]
        return "<table>\n" + "\n".join(rows) + "\n</table>"
    return f"<p>{escape(block.text)}</p>" if block.text else ""


def write_eml(document: Rendered) -> bytes:
    """The document as an e-mail; every second one also carries an HTML part."""
    message = EmailMessage(policy=SMTP)
    message["From"] = document.meta["from"]
    message["To"] = document.meta["to"]
    message["Subject"] = document.title
    message["Date"] = dt.datetime.fromisoformat(document.meta["date"]).replace(
        hour=9, minute=12, tzinfo=dt.UTC
    )
    message["Message-ID"] = f"<{stable(document.id)}@mail.invalid>"
    message.set_content(_text(document, width=0), charset="utf-8", cte="quoted-printable")
    if stable(document.id) % 2:
        message.add_alternative(
            f"<html><body>{_html_body(document)}</body></html>", subtype="html", cte="quoted-printable"
        )
        message.set_boundary(f"=_part_{stable(document.id)}")
    return message.as_bytes()


def write_txt(document: Rendered) -> bytes:
    """The document as plain text wrapped at 88 columns."""
    rule = "=" * len(document.title)
    return f"{document.title}\n{rule}\n\n{_text(document, width=88)}\n".encode()


def _text(document: Rendered, width: int) -> str:
    parts: list[str] = []
    for block in document.blocks:
        if block.kind == "table":
            parts.append("\n".join("   ".join(row) for row in block.rows))
        elif block.kind == "item":
            parts.append(_wrapped(f"- {block.text}", width))
        elif block.kind == "heading":
            parts.append(block.text.upper() if block.level == 1 and width else block.text)
        elif block.text:
            parts.append(_wrapped(block.text, width))
    return "\n\n".join(parts)


def _wrapped(text: str, width: int) -> str:
    if not width:
        return text
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


def write_md(document: Rendered) -> bytes:
    """The document as Markdown with pipe tables."""
    parts = [f"# {document.title}"]
    if document.meta.get("subtitle"):
        parts.append(f"*{document.meta['subtitle']}*")
    for kind, run in groupby(document.blocks, key=lambda block: block.kind):
        blocks = list(run)
        if kind == "item":
            parts.append("\n".join(f"- {block.text}" for block in blocks))
        elif kind == "table":
            parts.extend(_md_table(block) for block in blocks)
        elif kind == "heading":
            parts.extend(f"{'#' * (block.level + 1)} {block.text}" for block in blocks)
        else:
            parts.extend(block.text for block in blocks if block.text)
    return ("\n\n".join(parts) + "\n").encode()


def _md_table(block: Block) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in block.rows]
    return "\n".join([lines[0], "|" + " --- |" * len(block.rows[0]), *lines[1:]])


def write_csv(document: Rendered) -> bytes:
    """The tables of the document as CSV (semicolons and a byte-order mark in German, as Excel there writes it)."""
    out = io.StringIO()
    german = document.language == "de"
    writer = csv.writer(out, delimiter=";" if german else ",", lineterminator="\r\n")
    for block in document.blocks:
        writer.writerows(block.rows)
    return out.getvalue().encode("utf-8-sig" if german else "utf-8")
