"""nginx under deploy/nginx.conf: with ports and paths of this machine, and a certificate of the test's own."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from bench.sockets import free_port
from tests.live.server import CHECKOUT
from tests.patience import PATIENCE
from tests.services import lacking

NAME = "auth.example.com"
CONFIG = CHECKOUT / "deploy" / "nginx.conf"
AROUND = """\
{user}
worker_processes 2;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log notice;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    access_log off;
    include {folder}/latchkey.conf;
}}
"""
CERTIFICATE = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
    f"-subj /CN={NAME} -addext subjectAltName=DNS:{NAME} -keyout privkey.pem -out fullchain.pem"
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running nginx: its ports on 127.0.0.1, its certificate, what it logs."""

    folder: Path
    port: int
    plain_port: int

    @property
    def certificate(self) -> Path:
        """Whom clients trust."""
        return self.folder / "fullchain.pem"

    @property
    def tls(self) -> ssl.SSLContext:
        """How clients check it."""
        return ssl.create_default_context(cafile=str(self.certificate))

    @property
    def log(self) -> str:
        """Its access log."""
        return (self.folder / "access.log").read_text()

    @property
    def errors(self) -> str:
        """Its error log."""
        return (self.folder / "error.log").read_text()


def found() -> str:
    """Where nginx is."""
    path = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if path is None:
        lacking("nginx is not installed; on Debian: apt install nginx-light")
    return path


def placed(text: str, instances: Sequence[int], proxy: Proxy) -> str:
    """The configuration with ports and paths of this machine, and a line for each instance; nothing else changes."""
    (line,) = re.findall(r"^ *server 127\.0\.0\.1:8000 .*;\n", text, re.MULTILINE)
    for old, new in {
        line: "".join(line.replace("8000", str(port)) for port in instances),
        "listen 80": f"listen 127.0.0.1:{proxy.plain_port}",
        "listen 443": f"listen 127.0.0.1:{proxy.port}",
        "listen [::]:80": f"listen [::1]:{proxy.plain_port}",
        "listen [::]:443": f"listen [::1]:{proxy.port}",
        f"/etc/letsencrypt/live/{NAME}": str(proxy.folder),
        "/var/log/nginx/latchkey.log": f"{proxy.folder}/access.log",
        "/var/www/acme": f"{proxy.folder}/acme",
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@contextmanager
def proxied(folder: Path, instances: Sequence[int]) -> Iterator[Proxy]:
    """Serve these ports behind nginx until the block ends; it may not have complained of its configuration."""
    proxy = Proxy(folder, free_port(), free_port())
    (folder / "latchkey.conf").write_text(placed(CONFIG.read_text(), instances, proxy))
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(user=user, folder=folder))
    subprocess.run(CERTIFICATE.split(), cwd=folder, check=True, capture_output=True)
    command = [found(), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    checked = subprocess.run([*command, "-t", "-q"], check=False, capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    process = subprocess.Popen(command)
    try:
        _await(proxy, process)
        yield proxy
    finally:
        process.terminate()
        process.wait()


def _await(proxy: Proxy, process: subprocess.Popen[bytes]) -> None:
    deadline = monotonic() + PATIENCE
    while process.poll() is None and monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE):
            return
        sleep(0.05)
    raise AssertionError(proxy.errors)
