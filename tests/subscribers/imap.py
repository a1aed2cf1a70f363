"""A real IMAP server on loopback: Dovecot from Debian, with all its files in one place."""

import getpass
import grp
import imaplib
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port

DOVECOT = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PASSWORD = 'p@ss "word\\1'

_CONFIG = """
base_dir = {place}/run
state_dir = {place}/state
log_path = {place}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 0
mail_uid = {user}
mail_gid = {group}
mail_location = maildir:{place}/mail/%u
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
disable_plaintext_auth = no
auth_mechanisms = plain login
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {place}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={place}/mail/%u
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service stats {{
  client_limit = 100
}}
"""


@dataclass
class ImapServer:
    """Where it listens; `user` has an empty INBOX."""

    port: int
    tls_port: int
    user: str = "bounces@example.com"

    def connect(self) -> imaplib.IMAP4:
        connection = imaplib.IMAP4("127.0.0.1", self.port)
        signed = f"\0{self.user}\0{PASSWORD}".encode()
        connection.authenticate("PLAIN", lambda _challenge: signed)
        connection.select("INBOX")
        return connection

    def put(self, *messages: bytes) -> None:
        connection = self.connect()
        for message in messages:
            connection.append("INBOX", None, None, message)
        connection.logout()

    def flags(self) -> list[set[str]]:
        """Of each message that is there, in order."""
        connection = self.connect()
        _ok, found = connection.uid("FETCH", "1:*", "(FLAGS)")
        connection.logout()
        return [{flag.decode() for flag in imaplib.ParseFlags(line)} - {"\\Recent"} for line in found if line]

    def empty(self) -> None:
        connection = self.connect()
        connection.uid("STORE", "1:*", "+FLAGS", r"(\Deleted)")
        connection.expunge()
        connection.logout()


def start(place: Path, certificate: Path) -> tuple[ImapServer, "subprocess.Popen[bytes]"]:
    """Starts one in a folder of its own; whoever starts it ends the process."""
    user = "nobody" if os.getuid() == 0 else getpass.getuser()
    for folder in ("run", "state", "mail"):
        (place / folder).mkdir(parents=True)
    (place / "users").write_text(f"{ImapServer.user}:{{PLAIN}}{PASSWORD}\n")
    if os.getuid() == 0:
        for path in (place, *place.rglob("*")):
            shutil.chown(path, "nobody", "nogroup")
    group = "nogroup" if user == "nobody" else grp.getgrgid(os.getgid()).gr_name
    port = free_port(2)
    server = ImapServer(port, port + 1)
    values = {
        "place": place,
        "user": user,
        "group": group,
        "port": server.port,
        "tls_port": server.tls_port,
    }
    (place / "conf").write_text(_CONFIG.format(**values, certificate=certificate))
    process = subprocess.Popen([str(DOVECOT), "-F", "-c", str(place / "conf")])
    while process.poll() is None:
        try:
            server.connect().logout()
            return server, process
        except (OSError, imaplib.IMAP4.abort):
            time.sleep(0.05)
    raise RuntimeError((place / "log").read_text())
