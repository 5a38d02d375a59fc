"""What to tell a caller in danger, shown as soon as the words fall."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Script:
    """One script of the city pack; ``words`` call it, ``lines`` are read out in order."""

    code: str
    title: str
    words: tuple[str, ...]
    lines: tuple[str, ...]
    call: str = ""
    source: str = ""


def scripts_called(scripts: Iterable[Script], said: str) -> list[Script]:
    """The scripts one of whose words fell, in their own order."""
    plain = "".join(said.split()).lower()
    return [one for one in scripts if any(word in plain for word in one.words)]


def read_script(table: dict[str, object]) -> Script:
    """A script out of its TOML table. Raises KeyError, TypeError, ValueError."""
    words, lines = _texts(table["words"]), _texts(table["lines"])
    if not words or not lines:
        raise ValueError("words, lines")
    return Script(
        code=str(table["code"]),
        title=str(table["title"]),
        words=tuple("".join(word.split()).lower() for word in words),
        lines=tuple(lines),
        call=str(table.get("call", "")),
        source=str(table.get("source", "")),
    )


def _texts(value: object) -> Sequence[str]:
    if not isinstance(value, list):
        raise TypeError("list")
    return [str(one) for one in value if str(one).strip()]
