"""A real S3 store on loopback: seaweedfs, one process, thrown away with its folder.

Anybody may read its objects over HTTP, as behind a public site; writing needs the key.
"""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.ports import free_port

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ACCESS_KEY = "TESTACCESSKEY"
SECRET_KEY = "a-secret-only-for-tests"
_PARTS = ("master", "volume", "filer", "s3")


@dataclass(frozen=True, slots=True)
class S3Server:
    """A running store: `url` without a slash at its end, keys for everything, the process."""

    url: str
    process: "subprocess.Popen[bytes]"
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY

    def client(self) -> "S3Client":
        """A client that may do everything and never tries twice."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def stop(self) -> None:
        """Ends it at once: what it holds is thrown away anyhow."""
        self.process.kill()
        self.process.wait()


def start(folder: Path, bucket: str = "pages", anonymous: str = "Read") -> S3Server:
    """Starts a store in an empty folder (about 3 s) with one empty bucket, ready for writes.

    `anonymous` is what strangers may do: "Read" everything, or "Read:pages" one bucket alone.
    """
    port = free_port(2 * len(_PARTS))
    identities = [
        {"name": "anonymous", "actions": [anonymous]},
        _identity("publisher", ACCESS_KEY, SECRET_KEY, "Admin"),
        _identity("reader", "READONLY", "reads-only", "Read:pages"),
    ]
    (folder / "s3.json").write_text(json.dumps({"identities": identities}))
    flags = {
        "dir": folder,
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "s3.config": folder / "s3.json",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.autoCreateBucket": "false",
        "volume.max": 1000,
        "master.volumeSizeLimitMB": 64,
        "master.telemetry": "false",
        "master.electionTimeout": "500ms",
        "master.heartbeatInterval": "50ms",
    }
    for number, part in enumerate(_PARTS):
        flags |= {f"{part}.port": port + 2 * number, f"{part}.port.grpc": port + 2 * number + 1}
    command = [str(Path(sys.executable).parent / "weed"), "-logtostderr", "server", "-filer", "-s3"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *(f"-{name}={value}" for name, value in flags.items())],
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    server = S3Server(f"http://127.0.0.1:{flags['s3.port']}", process)
    _wait(server, bucket, folder / "log")
    return server


def _wait(server: S3Server, bucket: str, log: Path) -> None:
    client = server.client()
    for _ in range(600):
        if server.process.poll() is not None:
            break
        try:
            if bucket not in [made["Name"] for made in client.list_buckets()["Buckets"]]:
                client.create_bucket(Bucket=bucket)
            client.put_object(Bucket=bucket, Key="ready", Body=b"")
            client.delete_object(Bucket=bucket, Key="ready")
            return
        except (BotoCoreError, ClientError):
            time.sleep(0.1)
    server.stop()
    raise RuntimeError(f"seaweedfs did not start:\n{log.read_text()[-2000:]}")


def _identity(name: str, access_key: str, secret_key: str, action: str) -> dict[str, Any]:
    credentials = [{"accessKey": access_key, "secretKey": secret_key}]
    return {"name": name, "credentials": credentials, "actions": [action]}
