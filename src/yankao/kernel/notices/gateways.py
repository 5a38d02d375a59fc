"""Gateways of SMS providers: HTTP of any form, and SMPP 3.4."""

import contextlib
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from smpplib import consts
from smpplib.client import Client
from smpplib.exceptions import ConnectionError as SmppAway
from smpplib.exceptions import PDUError

from yankao.kernel.notices import lengths
from yankao.kernel.notices.channels import DeliveryFailed, Letter, Receipt, TakeReceipt
from yankao.kernel.notices.lengths import Alphabet
from yankao.kernel.notices.rules import Channel, Failure
from yankao.kernel.notices.words import REFUSED, UNDELIVERED, UNREACHABLE

log = structlog.get_logger(__name__)

SECONDS = 10
"""A provider silent for so long is out of reach."""
LARGEST_ANSWER = 64 * 1024
_PLACE = re.compile(r"\{(to|international|text|id|secret)\}")


def international(number: str, country: str) -> str:
    """0912345678 → 886912345678, +886… → 886…: digits alone, as gateways abroad want them."""
    return number.removeprefix("+") if number.startswith("+") else country + number.lstrip("0")


# --- HTTP ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class HttpGateway:
    """One request a message; ``body`` and ``headers`` may name {to} {international} {text} {id}
    {secret}.

    ``content``: "json" or "form". Taken when the answer's status is 2xx and, with ``success_path``
    ("messages.0.status"; an answer of ``key=value`` lines is read as well), the value there is one
    of ``success_values``. A value of ``permanent_values`` means that number never works.
    """

    name: str
    url: str
    body: Mapping[str, str]
    content: str = "json"
    headers: Mapping[str, str] = field(default_factory=dict)
    secret: str = field(default="", repr=False)
    success_path: str = ""
    success_values: tuple[str, ...] = ()
    permanent_values: tuple[str, ...] = ()
    reference_path: str = ""
    country: str = "886"
    carries: str = str(Channel.SMS)

    def hand_over(self, letter: Letter) -> str:
        status, answer = self._asked(letter)
        if not 200 <= status < 300:
            raise DeliveryFailed(f"{REFUSED}:{status}", uncertain=status >= 500)
        read = _read(answer)
        if self.success_path:
            said = _at(read, self.success_path)
            if said in self.permanent_values:
                raise DeliveryFailed(f"{REFUSED}:{said[:40]}", permanent=True)
            if said not in self.success_values:
                raise DeliveryFailed(f"{REFUSED}:{said[:40]}")
        return _at(read, self.reference_path)[:100] if self.reference_path else ""

    def _asked(self, letter: Letter) -> tuple[int, bytes]:
        """The answer; uncertain from the moment the request is on its way."""
        address = urlsplit(self.url)
        made = HTTPSConnection if address.scheme == "https" else HTTPConnection
        line = made(address.hostname or "", address.port, timeout=SECONDS)
        try:
            line.connect()
        except OSError as error:
            raise DeliveryFailed(f"{UNREACHABLE}:{type(error).__name__}") from error
        try:
            path = address.path or "/"
            line.request(
                "POST",
                f"{path}?{address.query}" if address.query else path,
                self._body(letter),
                self._headers(letter),
            )
            answer = line.getresponse()
            return answer.status, answer.read(LARGEST_ANSWER)
        except (OSError, HTTPException) as error:
            raise DeliveryFailed(f"{UNREACHABLE}:{type(error).__name__}", uncertain=True) from error
        finally:
            line.close()

    def _filled(self, text: str, letter: Letter) -> str:
        values = {
            "to": letter.address,
            "international": international(letter.address, self.country),
            "text": letter.body,
            "id": letter.uuid,
            "secret": self.secret,
        }
        return _PLACE.sub(lambda found: values[found[1]], text)

    def _body(self, letter: Letter) -> bytes:
        values = {key: self._filled(text, letter) for key, text in self.body.items()}
        if self.content == "form":
            return urlencode(values).encode()
        return json.dumps(values, ensure_ascii=False).encode()

    def _headers(self, letter: Letter) -> dict[str, str]:
        kind = "x-www-form-urlencoded" if self.content == "form" else "json"
        given = {name: self._filled(text, letter) for name, text in self.headers.items()}
        return {"Content-Type": f"application/{kind}; charset=utf-8"} | given


def _read(answer: bytes) -> Any:
    """JSON, or lines of ``key=value`` as older gateways answer."""
    text = answer.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
        return {key.strip(): value.strip() for key, _equals, value in pairs}


def _at(read: Any, path: str) -> str:
    """The value at "a.0.b" as text; "" where there is none."""
    for step in path.split("."):
        if isinstance(read, dict):
            read = read.get(step)
        elif isinstance(read, list) and step.isdecimal() and int(step) < len(read):
            read = read[int(step)]
        else:
            return ""
    return "" if read is None or isinstance(read, dict | list) else str(read)


# --- SMPP ----------------------------------------------------------------------------------------

STALE_SECONDS = 20
"""A line unused for so long is made anew: the centre may have hung up."""
QUIET_SECONDS = 1.0
"""No further receipt for so long: there are none at the moment."""
MOST_RECEIPTS = 1_000
NOT_YET = int(consts.SMPP_ESME_RX_T_APPN)
IS_RECEIPT = 0x04
_BAD_NUMBER = {consts.SMPP_ESME_RINVDSTADR}
_RECEIPT_FIELD = re.compile(rb"(id|stat|err):(\S*)", re.IGNORECASE)
_FAILURES = {
    "EXPIRED": Failure.TEMPORARY,
    "UNDELIV": Failure.PERMANENT,
    "REJECTD": Failure.PERMANENT,
    "DELETED": Failure.TECHNICAL,
    "UNKNOWN": Failure.TECHNICAL,
}


class _Line:
    """A bound connection that several threads use one after another."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.client: Any = None
        self.used_at = 0.0


@dataclass(frozen=True, kw_only=True)
class SmppGateway:
    """submit_sm to a message centre; long texts in parts that a header joins.

    Sends as a transmitter kept open for a while; receipts are fetched once a minute as a receiver
    (a centre keeps them meanwhile).
    """

    name: str
    host: str
    port: int = 2775
    system_id: str = ""
    secret: str = field(default="", repr=False)
    sender: str = ""
    tls: bool = False
    country: str = "886"
    carries: str = str(Channel.SMS)
    _line: _Line = field(default_factory=_Line, repr=False, compare=False)

    def hand_over(self, letter: Letter) -> str:
        with self._line.lock:
            client = self._open_line()
            references: list[str] = []
            try:
                for fields in self._submissions(letter):
                    references.append(self._submitted(client, fields, begun=bool(references)))
            except DeliveryFailed as failure:
                if not failure.about_letter:
                    self._hang_up()
                raise
            self._line.used_at = time.monotonic()
            return references[-1][:100]

    def receipts(self, take: TakeReceipt) -> int:
        """Every receipt the centre holds for us; what is not known yet is given back to it."""
        client, count = self._client(), 0

        def received(pdu: Any) -> int | None:
            nonlocal count
            receipt = _receipt(pdu)
            if receipt is None:
                return None
            count += 1
            return None if take(receipt) else NOT_YET

        client.set_message_received_handler(received)
        try:
            self._bind(client.bind_receiver, client)
            client._socket.settimeout(QUIET_SECONDS)
            with contextlib.suppress(TimeoutError):
                while count < MOST_RECEIPTS:
                    client.read_once(auto_send_enquire_link=False)
        except (SmppAway, PDUError, OSError) as error:
            raise DeliveryFailed(f"{UNREACHABLE}:{type(error).__name__}") from error
        finally:
            _close(client)
        return count

    def _client(self) -> Any:
        secure = ssl.create_default_context() if self.tls else None
        return Client(
            self.host,
            self.port,
            timeout=SECONDS,
            logger_name="smpp",
            ssl_context=_Named(secure, self.host) if secure else None,
            allow_unknown_opt_params=True,
        )

    def _bind(self, bind: Callable[..., Any], client: Any) -> None:
        client.connect()
        bind(system_id=self.system_id, password=self.secret)

    def _open_line(self) -> Any:
        line = self._line
        if line.client is not None and time.monotonic() - line.used_at > STALE_SECONDS:
            self._hang_up()
        if line.client is None:
            client = self._client()
            try:
                self._bind(client.bind_transmitter, client)
            except (SmppAway, PDUError, OSError) as error:
                _close(client)
                raise DeliveryFailed(f"{UNREACHABLE}:{type(error).__name__}") from error
            line.client = client
        return line.client

    def _hang_up(self) -> None:
        if self._line.client is not None:
            _close(self._line.client)
            self._line.client = None

    def _submissions(self, letter: Letter) -> list[dict[str, Any]]:
        common = {
            "source_addr_ton": consts.SMPP_TON_ALNUM,
            "source_addr_npi": consts.SMPP_NPI_UNK,
            "source_addr": self.sender,
            "dest_addr_ton": consts.SMPP_TON_INTL,
            "dest_addr_npi": consts.SMPP_NPI_ISDN,
            "destination_addr": international(letter.address, self.country),
        }
        if self.sender.isdecimal() or not self.sender:
            common["source_addr_ton"] = consts.SMPP_TON_UNK
        return [common | fields for fields in _pieces(letter)]

    def _submitted(self, client: Any, fields: dict[str, Any], *, begun: bool) -> str:
        """Send one piece and wait for its answer; uncertain once any piece is on its way."""
        try:
            asked = client.send_message(**fields)
        except (SmppAway, PDUError, OSError) as error:
            raise DeliveryFailed(
                f"{UNREACHABLE}:{type(error).__name__}", uncertain=begun
            ) from error
        try:
            answer = _answer_to(client, asked.sequence)
        except (SmppAway, PDUError, OSError) as error:
            raise DeliveryFailed(f"{UNREACHABLE}:{type(error).__name__}", uncertain=True) from error
        if answer.is_error():
            raise DeliveryFailed(
                f"{REFUSED}:0x{answer.status:X}",
                permanent=answer.status in _BAD_NUMBER,
                uncertain=begun,
            )
        return (answer.message_id or b"").decode("ascii", "replace")


@dataclass(frozen=True)
class _Named:
    """Checks the certificate against the host's name, which smpplib does not pass on."""

    context: ssl.SSLContext
    host: str

    def wrap_socket(self, raw: socket.socket) -> ssl.SSLSocket:
        return self.context.wrap_socket(raw, server_hostname=self.host)


def _answer_to(client: Any, sequence: int) -> Any:
    """The submit_sm_resp of that number; the centre's questions in between are answered."""
    while True:
        pdu = client.read_pdu()
        if pdu.command == "enquire_link":
            client._enquire_link_received(pdu)
        elif pdu.sequence == sequence:
            return pdu


def _pieces(letter: Letter) -> list[dict[str, Any]]:
    """What differs from piece to piece; the receipt is asked for with the last one."""
    alphabet = lengths.alphabet_of(letter.body)
    coding = {
        Alphabet.GSM: consts.SMPP_ENCODING_DEFAULT,
        Alphabet.UCS: consts.SMPP_ENCODING_ISO10646,
    }[alphabet]
    parts = lengths.parts_of(letter.body)
    if len(parts) == 1:
        return [
            {
                "short_message": encoded(letter.body, alphabet),
                "data_coding": coding,
                "registered_delivery": True,
            }
        ]
    mark = int(letter.uuid.replace("-", "")[:2], 16)
    return [
        {
            "short_message": bytes([5, 0, 3, mark, len(parts), number]) + encoded(part, alphabet),
            "data_coding": coding,
            "esm_class": consts.SMPP_GSMFEAT_UDHI,
            "registered_delivery": number == len(parts),
        }
        for number, part in enumerate(parts, start=1)
    ]


_GSM_TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_ESCAPED = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F,
    "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65,
}  # fmt: skip


def encoded(text: str, alphabet: Alphabet) -> bytes:
    """The octets of the text: UTF-16 big-endian, or one septet an octet."""
    if alphabet is Alphabet.UCS:
        return text.encode("utf-16-be")
    return b"".join(
        bytes([0x1B, _GSM_ESCAPED[c]]) if c in _GSM_ESCAPED else bytes([_GSM_TABLE.index(c)])
        for c in text
    )


def _receipt(pdu: Any) -> Receipt | None:
    """A deliver_sm that is a receipt, read; None of anything else (an answer by a citizen)."""
    if pdu.command != "deliver_sm" or not pdu.esm_class & IS_RECEIPT:
        return None
    said = {key.lower(): value for key, value in _RECEIPT_FIELD.findall(pdu.short_message or b"")}
    reference = pdu.receipted_message_id or said.get(b"id", b"")
    state = said.get(b"stat", b"").decode("ascii", "replace").upper()
    if state not in {"DELIVRD", *_FAILURES}:
        return None  # on its way: nothing to note yet
    failure = _FAILURES.get(state, "")
    error = f"{UNDELIVERED}:{state}" if failure else ""
    return Receipt(reference.decode("ascii", "replace").rstrip("\0"), str(failure), error)


def _close(client: Any) -> None:
    with contextlib.suppress(SmppAway, PDUError, OSError):
        client.unbind()
    with contextlib.suppress(OSError):
        client.disconnect()
