"""What is true of every page of the portal, whatever it is about (style.md, "Tests"; security.md, "Web")."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import html5lib
from html5lib.html5parser import ParseError
from werkzeug.test import TestResponse

Element: TypeAlias = ET.Element
UNLABELLED_INPUTS = ("hidden", "submit", "button", "reset", "image")
NOT_SPOKEN = ("script", "style", "template")
# Links leave the portal only where a letter's reader or a policy sends somebody, and then by these schemes.
SCHEMES = ("", "https", "mailto")


def parse(url: str, text: str) -> Element:
    """The page as a tree; any slip in its HTML is an error."""
    parser = html5lib.HTMLParser(
        html5lib.getTreeBuilder("etree", implementation=ET), strict=True, namespaceHTMLElements=False
    )
    try:
        tree: Element = parser.parse(text)
    except ParseError as error:
        (line, _column), code, facts = parser.errors[-1] if parser.errors else ((0, 0), str(error), {})
        source = text.splitlines()[max(0, line - 2) : line + 1]
        raise AssertionError(f"{url}: not strict HTML in line {line}: {code} {facts}\n" + "\n".join(source)) from None
    return tree


def text_of(node: Element | None, *, spoken: bool = False) -> str:
    """The words in a node, single-spaced; `spoken` leaves out what is hidden from screen readers."""
    return " ".join("".join(_words(node, spoken)).split()) if node is not None else ""


def _words(node: Element, spoken: bool) -> Iterator[str]:
    if node.tag in NOT_SPOKEN or (spoken and node.get("aria-hidden") == "true") or not isinstance(node.tag, str):
        return
    yield node.text or ""
    for child in node:
        yield from _words(child, spoken)
        # the words of neighbouring blocks are two words, those of a name's parts are one
        yield "" if child.tag in ("wbr", "bdi", "span", "b", "strong", "em", "i", "a", "abbr") else " "
        yield child.tail or ""


def check_headers(url: str, response: TestResponse) -> None:
    """Headers that every answer carries, errors included; the portal's own assets are served beside the app."""
    if url.startswith("/static/"):
        return
    headers = response.headers
    assert headers.get("X-Content-Type-Options") == "nosniff", f"{url}: no nosniff"
    assert headers.get("Referrer-Policy") in ("same-origin", "no-referrer"), (
        f"{url}: {headers.get('Referrer-Policy')!r}"
    )
    policy = headers.get("Content-Security-Policy", "")
    assert "frame-ancestors 'none'" in policy, f"{url}: may be framed: {policy!r}"
    assert "unsafe" not in policy, f"{url}: {policy!r}"
    assert "default-src" in policy, f"{url}: {policy!r}"


def check_page(url: str, tree: Element, response: TestResponse) -> None:
    """Everything that must hold for a page; the message names the address and the fault."""
    faults = [
        *_outline(tree),
        *_ids(tree),
        *_labels(tree),
        *_nothing_inline(tree, response.headers.get("Content-Security-Policy", "")),
        *_addresses(tree),
        *_forms(tree),
    ]
    if _is_signed_in(tree) and "no-store" not in response.headers.get("Cache-Control", ""):
        faults.append("a signed-in page without Cache-Control: no-store")
    assert not faults, f"{url}:\n" + "\n".join(f"- {fault}" for fault in faults)


def _is_signed_in(tree: Element) -> bool:
    return any("sign-out" in form.get("action", "").split("/") for form in tree.iter("form"))


def _outline(tree: Element) -> Iterator[str]:
    if not tree.get("lang"):
        yield "no language"
    headings = [text_of(node) for node in tree.iter("h1")]
    title = text_of(tree.find(".//title")).removeprefix("Error: ")
    if len(headings) != 1:
        yield f"{len(headings)} h1: {headings}"
    elif not headings[0] or not title.startswith(headings[0]):
        yield f"the title “{title}” does not start with the h1 “{headings[0]}”"
    if len(list(tree.iter("main"))) != 1:
        yield "not exactly one main part"
    if not any(meta.get("name") == "viewport" for meta in tree.iter("meta")):
        yield "no viewport"


def _ids(tree: Element) -> Iterator[str]:
    ids = Counter(node.get("id") for node in tree.iter() if node.get("id") is not None)
    yield from (f"id {name!r} stands {number} times" for name, number in ids.items() if number > 1)
    for node in tree.iter():
        for attribute in ("for", "aria-describedby", "aria-labelledby", "aria-controls", "headers", "list", "form"):
            for name in (node.get(attribute) or "").split():
                if name not in ids:
                    yield f"{attribute}={name!r} of <{node.tag}> points nowhere"
        target = node.get("href") or ""
        if node.tag == "a" and target.startswith("#") and target[1:] not in ids:
            yield f"the link {target} leads nowhere"


def _labels(tree: Element) -> Iterator[str]:
    labelled = {label.get("for") for label in tree.iter("label") if text_of(label)}
    wrapped = {node for label in tree.iter("label") if text_of(label) for node in label.iter()}
    for node in tree.iter():
        named = node.get("aria-label") or node.get("aria-labelledby")
        if node.tag in ("input", "select", "textarea") and node.get("type") not in UNLABELLED_INPUTS:
            if not (named or node in wrapped or (node.get("id") and node.get("id") in labelled)):
                yield f"the {node.tag} {node.get('name')!r} has no label"
        elif node.tag in ("button", "a", "summary"):
            pictures = any(picture.get("alt") for picture in node.iter("img"))
            if not (named or pictures or text_of(node, spoken=True)):
                yield f"a {node.tag} has no name ({node.attrib})"
        elif node.tag == "img" and node.get("alt") is None:
            yield f"the picture {node.get('src')} has no alt"


def _nothing_inline(tree: Element, policy: str) -> Iterator[str]:
    nonces = set(re.findall(r"'nonce-([^']+)'", policy))
    for node in tree.iter():
        for attribute in node.attrib:
            if attribute == "style" or attribute.startswith("on"):
                yield f"{attribute}= on <{node.tag}>"
        if node.tag == "style":
            yield "a <style>"
        elif node.tag == "script":
            if node.get("nonce") not in nonces:
                yield f"the script {node.get('src')} lacks this answer's nonce"
            if not node.get("src") and node.get("type") != "application/json":
                yield "a script that stands in the page"


def _addresses(tree: Element) -> Iterator[str]:
    for node in tree.iter():
        for attribute in ("src", "poster", "action", "formaction", "data"):
            if attribute in node.attrib and _is_elsewhere(node.get(attribute, "")):
                yield f"{attribute}={node.get(attribute)!r} is not ours"
        target = node.get("href")
        if target is not None and node.tag == "link" and _is_elsewhere(target):
            yield f"a {node.get('rel')} from elsewhere: {target}"
        if target is not None and node.tag == "a" and urlsplit(target).scheme not in (*SCHEMES, "http"):
            yield f"a link by a scheme of its own: {target}"


def _is_elsewhere(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.scheme and parts.scheme not in ("data", "blob")) or bool(parts.netloc)


def _forms(tree: Element) -> Iterator[str]:
    for form in tree.iter("form"):
        names = {node.get("name") for node in form.iter("input")}
        if form.get("method", "get").lower() == "post" and "csrf_token" not in names:
            yield f"the form to {form.get('action')!r} has no CSRF token"
        sends_files = any(node.get("type") == "file" for node in form.iter("input"))
        if sends_files and form.get("enctype") != "multipart/form-data":
            yield f"the form to {form.get('action')!r} cannot send its file"
