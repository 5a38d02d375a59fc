"""A push service and a browser of the test's own: what arrives is decrypted by another library's
hands, and the signature is checked as services do."""

import json
import os
import threading
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02


def text_of(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


@dataclass
class Phone:
    """One browser with its own keys."""

    origin: str
    name: str = "a"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = field(default_factory=lambda: os.urandom(16))

    def told(self) -> dict[str, str]:
        """What its page posts."""
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return {
            "endpoint": f"{self.origin}/push/{self.name}",
            "p256dh": text_of(point),
            "auth": text_of(self.secret),
        }


@dataclass
class Came:
    path: str
    headers: dict[str, str]
    body: bytes

    def read_by(self, phone: Phone) -> dict[str, str]:
        """What the phone shows; fails when it was not meant for it."""
        words = http_ece.decrypt(
            self.body, private_key=phone.key, auth_secret=phone.secret, version="aes128gcm"
        )
        return json.loads(words)

    def is_signed(self) -> bool:
        return bool(Vapid02.verify(self.headers["authorization"]))


class PushService:
    """Takes everything, or answers with ``status`` for the path of a phone."""

    def __init__(self) -> None:
        self.came: list[Came] = []
        self.status: dict[str, int] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.came.append(Came(self.path, headers, body))
                status = outer.status.get(self.path.rpartition("/")[2], 201)
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", f"{outer.origin}/elsewhere")
                if status == 429:
                    self.send_header("Retry-After", "600")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def phone(self, name: str = "a") -> Phone:
        return Phone(self.origin, name)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
