"""Chinese and English say the same."""

import re
from pathlib import Path

from tools import messages
from yankao.base import script_words

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "frontend/src/js").glob("*.mjs"))
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)


def test_the_sentences_of_scripts_are_known() -> None:
    """Each ``words('…')`` is translated with all the others, and nothing more is carried."""
    said = {
        sentence
        for script in SCRIPTS
        if script.name != "words.mjs"
        for sentence in re.findall(r"words\('([^']+)'", script.read_text())
    }
    assert said == set(script_words.SENTENCES)


def test_scripts_say_nothing_else() -> None:
    for script in SCRIPTS:
        code = re.sub(r"words\('[^']+'", "", _COMMENT.sub("", script.read_text()))
        assert not _CHINESE.search(code), script.name


def test_the_english_is_complete() -> None:
    """Every sentence has its English, with the same placeholders and no Chinese in it."""
    assert messages.faults() == [], "make messages, then fill in src/yankao/locale/en"
