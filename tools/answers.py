"""How well questions are answered, on the city's real entries; how fast, and how large.

    YANKAO_SHARED=../shared .venv/bin/python -m tools.answers [--write]

Nothing of the entries is kept. The questions in citizens' words are the city pack's.
"""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import django
import numpy as np

FILE = "data/faq/kaohsiung_faq.jsonl"
MARKS = ("<!-- answers -->", "<!-- /answers -->")
TARGET = Path(__file__).resolve().parents[1] / "docs" / "answers.md"
LARGE = 20_000


def main(arguments: Sequence[str]) -> int:
    """Print the table; with --write put it into the docs. 2 when the entries are not there."""
    parser = argparse.ArgumentParser(description="How well questions are answered")
    parser.add_argument("--write", action="store_true", help=f"into {TARGET.name}")
    wanted = parser.parse_args(arguments)
    path = Path(os.environ.get("YANKAO_SHARED", "../shared")) / FILE
    if not path.is_file():
        print(f"評估需要 {path}（YANKAO_SHARED 指向放 data/ 的資料夾）；沒有這個檔案，不評估。")
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yankao.site.settings")
    django.setup()
    lines = list(table(read_entries(path)))
    print("\n".join(lines))
    if wanted.write:
        text = TARGET.read_text(encoding="utf-8")
        head, rest = text.split(MARKS[0])
        tail = rest.split(MARKS[1])[1]
        body = "\n".join(lines)
        TARGET.write_text(f"{head}{MARKS[0]}\n{body}\n{MARKS[1]}{tail}", encoding="utf-8")
    return 0


def read_entries(path: Path) -> list[dict[str, str]]:
    """The entries with ``key``, the number their source gives them."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [{**row, "key": row["source"].split("faqdetail/")[1]} for row in rows]


def table(entries: Sequence[dict[str, str]]) -> Iterator[str]:
    """The lines of the report, in Markdown."""
    from yankao.kernel.answers import matching, rules, words
    from yankao.kernel.answers.matching import Text

    told = words.citizens_words()
    alone = matching.build((Text("", e["key"], "", e["answer"]) for e in entries), told)
    ranks = [_rank(alone.rank(e["question"]), {e["key"]}) for e in entries]
    yield "| asked with | hit@1 | hit@5 |"
    yield "| --- | --- | --- |"
    yield (
        f"| the official question, against {len(entries):,} answer texts alone |"
        f" {_share(ranks, 1):.3f} | {_share(ranks, rules.SHOWN):.3f} |"
    )
    whole = matching.build(_texts(entries), told)
    folded = {e["key"]: rules.fold(e["question"]) for e in entries}
    parts = {"dev": "citizens' words, for development", "held": "citizens' words, held out"}
    outcomes = {part: _outcomes(whole, folded, part) for part in parts}
    for part, title in parts.items():
        of_entries = [rank for rank, _sure, known in outcomes[part] if known]
        yield (
            f"| {title} ({len(of_entries)}) |"
            f" {_share(of_entries, 1):.3f} | {_share(of_entries, rules.SHOWN):.3f} |"
        )
    yield ""
    yield "| answered from confidence | questions | coverage | precision | of those without entry |"
    yield "| --- | --- | --- | --- | --- |"
    for part, title in parts.items():
        for least in (0.65, 0.70, 0.75, 0.80):
            yield _line(title, least, outcomes[part])
    yield ""
    yield "| entries | built in | arrays | file | p50 | p95 | process |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for times in (1, -(-LARGE // len(entries))):
        yield _speed(entries, times, told)


def _texts(entries: Sequence[dict[str, str]]) -> "Iterator[object]":
    from yankao.kernel.answers.matching import Text

    for e in entries:
        yield Text("", e["key"], e["question"], f"{e['answer']}\n{e['agency']}")


def _outcomes(index: object, folded: dict[str, str], part: str) -> list[tuple[int, float, bool]]:
    """Of each question: place of the right entry, confidence, and whether there is an entry."""
    from yankao.kernel.answers import rules, words

    outcomes = []
    for probe in words.probes():
        if probe.part != part:
            continue
        wanted = {folded[reference] for reference in probe.references}
        found = index.rank(probe.question)  # type: ignore[attr-defined]
        names = [folded[rank.key] for rank in found]
        second = next((r.score for r in found if folded[r.key] != names[0]), 0.0)
        sure = rules.confidence(found[0].score, found[0].asked_for, second) if found else 0.0
        place = next((i for i, name in enumerate(names) if name in wanted), len(folded))
        outcomes.append((place, sure, bool(wanted)))
    return outcomes


def _line(title: str, least: float, outcomes: Sequence[tuple[int, float, bool]]) -> str:
    known = sum(has for _rank, _sure, has in outcomes)
    answered = [(rank, has) for rank, sure, has in outcomes if round(100 * sure) >= 100 * least]
    covered = sum(has for _rank, has in answered)
    right = sum(rank == 0 for rank, _has in answered)
    return (
        f"| {least:.0%} | {title} ({known} + {len(outcomes) - known}) | {covered / known:.3f} |"
        f" {right / max(len(answered), 1):.3f} | {len(answered) - covered} |"
    )


def _speed(entries: Sequence[dict[str, str]], times: int, told: Sequence[tuple[str, str]]) -> str:
    from yankao.kernel.answers import matching, words

    many = [{**e, "key": f"{e['key']}-{i}"} for i in range(times) for e in entries][:LARGE]
    begun = time.perf_counter()
    index = matching.build(_texts(many), told)  # type: ignore[arg-type]
    built = time.perf_counter() - begun
    size = len(index.to_bytes())
    spent = []
    for probe in words.probes():
        begun = time.perf_counter()
        index.rank(probe.question)
        spent.append(1000 * (time.perf_counter() - begun))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"| {len(many):,} | {built:.1f} s | {index.bytes_in_memory / 1e6:.0f} MB |"
        f" {size / 1e6:.1f} MB | {np.percentile(spent, 50):.1f} ms |"
        f" {np.percentile(spent, 95):.1f} ms | {memory:.0f} MB |"
    )


def _rank(found: Sequence[object], wanted: set[str]) -> int:
    keys = [rank.key for rank in found]  # type: ignore[attr-defined]
    return next((i for i, key in enumerate(keys) if key in wanted), len(keys) + 1_000)


def _share(ranks: Sequence[int], top: int) -> float:
    return float(np.mean([rank < top for rank in ranks]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
