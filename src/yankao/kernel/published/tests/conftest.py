"""A small file of printed numbers."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from yankao.base.actors import system_actor
from yankao.kernel.published import services
from yankao.kernel.published.services import Taken

NOW = datetime(2026, 3, 4, 2, tzinfo=UTC)
IMPORTER = system_actor("test-import")
HEAD = "code,title_zh,value,unit,period_start,period_end,basis,section,quote,note"
CASES = "a.b.cases,案件數,97040,件,2019-01-01,2019-12-31,flow,一、(二),原文不收,"
SHARE = "a.b.share_pct,占比,33.10,%,2019-01-01,2019-12-31,ratio,一、(三),,[概數:約] 樣本不明"
STOCK = "a.b.open,未結案數,12,件,2019-12-31,2019-12-31,stock,一、(四),,"

Import = Callable[..., Taken]


@pytest.fixture
def take(tmp_path: Path) -> Import:
    """Import lines as one file; what became of it."""

    def take(*lines: str, source: str = "108", name: str = "108.csv", head: str = HEAD) -> Taken:
        file = tmp_path / name
        file.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
        [taken] = services.import_files([file], source=source, actor=IMPORTER, at=NOW)
        return taken

    return take
