"""A mailbox on its server, by IMAP: what lies in it, one letter, where a letter goes afterwards."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError

from yankao.kernel.mailboxes.boxes import Box

SECONDS = SocketTimeout(connect=10, read=60)
AT_ONCE = 200
"""Letters looked at in one poll."""
TAKEN, ASIDE = "taken", "aside"
TROUBLES = (IMAPClientError, OSError)
"""What may go wrong between us and the server."""


@dataclass(slots=True)
class Postbox:
    """An open mailbox; ``waiting`` is how many letters lay in it when it was opened."""

    box: Box
    client: IMAPClient
    uidvalidity: int = 0
    waiting: int = 0
    folder: str = ""

    def open(self, folder: str = "") -> None:
        """Look into the inbox, or into a folder of ours."""
        self.folder = self._path(folder) if folder else self.box.inbox
        if folder and not self.client.folder_exists(self.folder):
            self.client.create_folder(self.folder)
        found = self.client.select_folder(self.folder)
        self.uidvalidity, self.waiting = int(found[b"UIDVALIDITY"]), int(found[b"EXISTS"])

    def sizes(self) -> dict[int, int]:
        """The oldest letters in it: their numbers and sizes in bytes."""
        if not self.waiting:
            return {}
        uids = self.client.search([f"1:{min(self.waiting, AT_ONCE)}"])
        return self._sizes(uids)

    def all_sizes(self) -> dict[int, int]:
        """Every letter's number and size."""
        return self._sizes(self.client.search()) if self.waiting else {}

    def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        found = self.client.fetch(uids, ["RFC822.SIZE"]) if uids else {}
        return {
            uid: int(found[uid][b"RFC822.SIZE"])
            for uid in sorted(found)
            if b"RFC822.SIZE" in found[uid]  # a server may tell of others unasked
        }

    def content(self, uid: int, most: int) -> bytes | None:
        """The first ``most`` bytes, unread as before; None when it is gone."""
        found = self.client.fetch([uid], [f"BODY.PEEK[]<0.{most}>"]).get(uid, {})
        return next((value for key, value in found.items() if key.startswith(b"BODY[]")), None)

    def file(self, uid: int, folder: str) -> None:
        """Move a letter to a folder of ours."""
        path = self._path(folder)
        if path == self.folder:
            return
        if not self.client.folder_exists(path):
            self.client.create_folder(path)
        if self.client.has_capability("MOVE"):
            self.client.move([uid], path)
        else:
            self.client.copy([uid], path)
            self.delete(uid)

    def delete(self, uid: int) -> None:
        """Take a letter off the server for good."""
        self.client.delete_messages([uid], silent=True)
        self.client.expunge([uid] if self.client.has_capability("UIDPLUS") else None)

    def _path(self, folder: str) -> str:
        prefix, separator = self._namespace()
        return f"{prefix}{self.box.folders}{separator}{folder}"

    def _namespace(self) -> tuple[str, str]:
        if not self.client.has_capability("NAMESPACE"):
            return "", "/"
        own: Any = self.client.namespace().personal
        return own[0] if own else ("", "/")


@contextmanager
def opened(box: Box) -> Iterator[Postbox]:
    """The mailbox, inbox selected; closed afterwards. Raises one of TROUBLES."""
    context = ssl.create_default_context()
    client = IMAPClient(
        box.host, box.port, ssl=box.tls == "implicit", ssl_context=context, timeout=SECONDS
    )
    try:
        if box.tls == "starttls":
            client.starttls(context)
        client.login(box.user, box.secret)
        postbox = Postbox(box, client)
        postbox.open()
        yield postbox
    finally:
        _leave(client)


def _leave(client: IMAPClient) -> None:
    """Say goodbye; failing in it says nothing about what was done before."""
    try:
        client.logout()
    except TROUBLES:
        with suppress(*TROUBLES):
            client.shutdown()
