"""Whole houses for tests: a home and a database of their own, driven by the command line."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class House:
    """A home; ``url`` is "" for the embedded database."""

    home: Path
    url: str = ""

    def environment(self, **more: str) -> dict[str, str]:
        return {
            **os.environ,
            "YANKAO_HOME": str(self.home),
            "DATABASE_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "yankao.site.settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            **more,
        }

    def start(self, *command: str, **more: str) -> "subprocess.Popen[str]":
        """Any Python module with arguments, in the background."""
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            env=self.environment(**more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str | Path, status: int = 0, **more: str) -> str:
        """``yankao …``; what it printed. Its exit status must be that one."""
        process = self.start("yankao", *map(str, arguments), **more)
        said, _ = process.communicate(timeout=300)
        assert process.returncode == status, said
        return said

    def report(self, count: int) -> list[str]:
        """Numbers of that many new cases, each with a photograph."""
        process = self.start("tests.reporting", str(count))
        said, _ = process.communicate(timeout=300)
        assert process.returncode == 0, said
        return said.split()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What the query finds in a house with a database of its server's."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]


def address_of(name: str) -> str:
    """A database of the tests' server, for DATABASE_URL."""
    known = settings.DATABASES["default"]
    keys = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    chosen = {key: str(known[name]) for key, name in keys.items() if known.get(name)}
    return make_conninfo("", dbname=name, **chosen)


def make_database(name: str, *, template: str = "template1") -> str:
    """A fresh database of the tests' server; its address."""
    drop_database(name)
    with psycopg.connect(address_of("postgres"), autocommit=True) as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return address_of(name)


def drop_database(name: str) -> None:
    with psycopg.connect(address_of("postgres"), autocommit=True) as connection:
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(statement.format(sql.Identifier(name)))
