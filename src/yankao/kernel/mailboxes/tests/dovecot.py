"""A real IMAP server of the test's own: Debian's Dovecot on loopback, state in a folder of its own.

Nothing of the machine's own Dovecot is touched. Started as root it drops to unprivileged users;
started by anybody else everything runs as that user.
"""

import getpass
import grp
import imaplib
import os
import shutil
import socket
import subprocess
import time
from datetime import datetime
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PROGRAM = shutil.which("dovecot", path="/usr/sbin:/usr/bin:/usr/local/sbin")
USER, PASSWORD = "mayor", "s3cret"
CONFIG = """
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
protocols = imap
ssl = yes
ssl_cert = <{base}/cert.pem
ssl_key = <{base}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
mail_location = maildir:{base}/mail/%u
mail_uid = {mail}
mail_gid = {mail_group}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={mail} gid={mail_group} home={base}/home/%u
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
}}
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """A running server with one mailbox, delivered to by ``put``."""

    def __init__(self, base: Path, *, separator: str = "/") -> None:
        self.base, self.separator = base, separator
        self.port, self.tls_port = _free_port(), _free_port()
        self.certificate = base / "cert.pem"
        _make_certificate(base)
        for folder in ("run", "state", "mail", "home"):
            (base / folder).mkdir(mode=0o755, parents=True, exist_ok=True)
        self._write()
        self.process = subprocess.Popen(
            [str(PROGRAM), "-F", "-c", str(base / "dovecot.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def _write(self) -> None:
        me, is_root = getpass.getuser(), os.geteuid() == 0
        group = "dovecot" if is_root else grp.getgrgid(os.getegid()).gr_name
        mail = "mail" if is_root else me
        config = CONFIG.format(
            base=self.base, internal="dovecot" if is_root else me, internal_group=group,
            login="dovenull" if is_root else me, mail=mail,
            mail_group="mail" if is_root else group,
            password=PASSWORD, port=self.port, tls_port=self.tls_port, separator=self.separator,
        )  # fmt: skip
        (self.base / "dovecot.conf").write_text(config)
        if is_root:
            for folder in ("mail", "home"):
                shutil.chown(self.base / folder, "mail", "mail")

    def _wait(self) -> None:
        until = time.monotonic() + 10
        while time.monotonic() < until and self.process.poll() is None:
            try:
                with self.client():
                    return
            except (OSError, imaplib.IMAP4.error):
                time.sleep(0.05)
        log = self.base / "log"
        told = log.read_text() if log.exists() else "no log"
        self.stop()
        pytest.fail(f"dovecot did not come up: {told[-2000:]}")

    def client(self) -> imaplib.IMAP4:
        """Somebody looking into the mailbox beside us."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        client.login(USER, PASSWORD)
        return client

    def put(self, *mails: bytes) -> None:
        """Deliver into the inbox."""
        with self.client() as client:
            for mail in mails:
                answer, told = client.append("INBOX", None, None, mail)
                assert answer == "OK", told

    def mails(self, folder: str = "INBOX") -> list[bytes]:
        """What lies in a folder, oldest first."""
        with self.client() as client:
            if client.select(f'"{folder}"', readonly=True)[0] != "OK":
                return []
            numbers = client.search(None, "ALL")[1][0].split()
            return [client.fetch(number, "(BODY.PEEK[])")[1][0][1] for number in numbers]

    def empty(self) -> None:
        """No letters, no folders beside the inbox."""
        with self.client() as client:
            for line in client.list()[1]:
                name = line.decode().rpartition(f' "{self.separator}" ')[2].strip('"')
                if name.upper() != "INBOX":
                    client.delete(f'"{name}"')
            if int(client.select("INBOX")[1][0]):
                client.store("1:*", "+FLAGS", "\\Deleted")
                client.expunge()

    def stop(self) -> None:
        """End it and wait for it."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _make_certificate(base: Path) -> None:
    """For 127.0.0.1 alone, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dovecot of a test")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1))  # noqa: DTZ001 – taken as UTC
        .not_valid_after(datetime(2100, 1, 1))  # noqa: DTZ001
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (base / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (base / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
