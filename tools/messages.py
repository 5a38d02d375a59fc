"""The English texts: take in new sentences, compile, tell what is missing.

    python -m tools.messages update     new sentences into the .po, gone ones out
    python -m tools.messages compile    .po → .mo, beside it (done by `make install`)
    python -m tools.messages check      exit 1 when something is missing, changed or out of date

Chinese is the language of the code; English lies in ``src/yankao/locale/en``. Templates are read as
Django reads them, so no gettext programs are needed.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "yankao"
PO = SOURCE / "locale" / "en" / "LC_MESSAGES" / "django.po"
HEADER = b"""msgid ""
msgstr ""
"Project-Id-Version: Yankao\\n"
"Language: en\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
"""Without dates: the same sentences make the same file."""
KEYWORDS = {
    "_": None, "lazy": None, "_now": None, "_lazy": None,
    "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
_PLACE = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w+)\}")
_CHINESE = re.compile(r"[\u3400-\u9fff\uff01-\uff5e\u3000-\u3002]")


def found() -> Catalog:
    """Every sentence of the code and the templates, with the files it stands in."""
    catalog = Catalog(project="Yankao", charset="utf-8", fuzzy=False)
    for path, messages in _sources():
        place = path.relative_to(ROOT).as_posix()
        for _line, message, _comments, context in messages:
            catalog.add(message, locations=[(place, 0)], context=context)
    return catalog


def _sources() -> Iterator[tuple[Path, Iterator[tuple]]]:
    for path in sorted(SOURCE.rglob("*")):
        if "tests" in path.parts or "migrations" in path.parts:
            continue
        if path.suffix == ".py":
            text = path.read_text()
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            # In brackets, for what is left of a template is indented as no Python could be.
            text = f"(\n{templatize(path.read_text(), origin=str(path))}\n)"
        else:
            continue
        yield path, extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS)


def kept() -> Catalog:
    """The catalogue as it lies in the repository."""
    if not PO.exists():
        return Catalog(locale="en", charset="utf-8")
    with PO.open("rb") as file:
        return read_po(file, locale="en", charset="utf-8")


def update() -> int:
    """Write the catalogue anew: what is there keeps its English, what is gone goes."""
    before, catalog = kept(), Catalog(locale="en", charset="utf-8", fuzzy=False)
    for message in found():
        if message.id:
            old = before.get(message.id, message.context)
            english = old.string if old is not None else None
            catalog.add(message.id, english, locations=message.locations, context=message.context)
    with PO.open("wb") as file:
        file.write(HEADER)
        write_po(file, catalog, sort_output=True, include_lineno=False, width=0, omit_header=True)
    missing = sum(1 for message in catalog if message.id and not _is_told(message))
    print(f"{len(catalog)} sentences, {missing} without English")
    return 0


def compile_() -> int:
    """.po → .mo."""
    with PO.with_suffix(".mo").open("wb") as file:
        write_mo(file, kept())
    return 0


def faults() -> list[str]:
    """What keeps the English from being complete, a line each."""
    catalog, present = kept(), found()
    lines = []
    for message in present:
        if not message.id:
            continue
        there = catalog.get(message.id, message.context)
        if there is None or not _is_told(there):
            lines.append(f"no English: {_one(message.id)}")
        else:
            lines += _wrong(there)
    known = {(_one(m.id), m.context) for m in present}
    lines += [
        f"not in the code any more: {_one(m.id)}"
        for m in catalog
        if m.id and (_one(m.id), m.context) not in known
    ]
    return lines


def _wrong(message: Message) -> Iterator[str]:
    wanted = _places(_one(message.id))
    for english in message.string if isinstance(message.string, tuple) else (message.string,):
        if _places(english) - wanted or (wanted - _places(english) and not message.pluralizable):
            yield f"other placeholders: {_one(message.id)} → {english}"
        if _CHINESE.search(english):
            yield f"Chinese in the English: {_one(message.id)} → {english}"


def _places(text: str) -> set[str]:
    return {found.group(0) for found in _PLACE.finditer(text)}


def _one(id: str | tuple[str, ...] | list[str]) -> str:
    return id if isinstance(id, str) else id[0]


def _is_told(message: Message) -> bool:
    told = message.string
    return all(told) if isinstance(told, tuple) else bool(told)


def check() -> int:
    """Print the faults."""
    lines = faults()
    print(*lines[:50], f"{len(lines)} faults", sep="\n")
    return 1 if lines else 0


def main(argv: list[str]) -> int:
    settings.configure(USE_I18N=True)
    django.setup()
    verbs = {"update": update, "compile": compile_, "check": check}
    if len(argv) != 1 or argv[0] not in verbs:
        print(__doc__)
        return 2
    return verbs[argv[0]]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
