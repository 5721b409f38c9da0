"""A bucket of the form that Amazon's S3 has: each picture is one signed PUT.

AWS Signature Version 4, which MinIO, Ceph, R2, B2 and the like take as well; the bucket stands in
the path of the address, so that an endpoint needs no name for each of them.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"
# A name stands for its content: nobody has to ask again.
_FOR_EVER = "public, max-age=31536000, immutable"


class NotTakenError(Exception):
    """The bucket did not take a picture; the message is the end of a sentence that says so."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """`endpoint` is the server's address, `timeout` the seconds to wait for each step of a PUT."""

    endpoint: str
    name: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)
    timeout: float = 10

    def put(self, name: str, data: bytes, kind: str, now: datetime) -> None:
        """Keep a file by its name; NotTakenError where the bucket does not take it."""
        import httpcore2

        url = f"{self.endpoint.rstrip('/')}/{quote(self.name)}/{quote(name)}"
        headers = {
            "Host": urlsplit(url).netloc,
            "Content-Type": kind,
            "Cache-Control": _FOR_EVER,
            "x-amz-content-sha256": hashlib.sha256(data).hexdigest(),
            "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ"),
        }
        headers["Authorization"] = self.signature("PUT", url, headers)
        waits = dict.fromkeys(("connect", "read", "write", "pool"), self.timeout)
        try:
            answer = httpcore2.request(
                "PUT", url, headers=[*headers.items()], content=data, extensions={"timeout": waits}
            )
        except httpcore2.TimeoutException as error:
            raise NotTakenError(f"does not answer within {self.timeout:g} seconds") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise NotTakenError(f"cannot be reached: {error}") from error
        if answer.status >= 300:
            said = " ".join(answer.content[:300].decode("utf-8", "replace").split())
            raise NotTakenError(f"answers {answer.status}: {said}")

    def signature(self, method: str, url: str, headers: Mapping[str, str]) -> str:
        """The header Authorization of a request with these headers, all of which are signed."""
        parts = urlsplit(url)
        lines = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
        signed = ";".join(sorted(lines))
        canonical = "\n".join(
            (
                method,
                parts.path,
                parts.query,
                *(f"{name}:{lines[name]}" for name in sorted(lines)),
                "",
                signed,
                lines["x-amz-content-sha256"],
            )
        )
        at = lines["x-amz-date"]
        scope = f"{at[:8]}/{self.region}/s3/aws4_request"
        text = "\n".join((_ALGORITHM, at, scope, hashlib.sha256(canonical.encode()).hexdigest()))
        key = f"AWS4{self.secret_key}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        return (
            f"{_ALGORITHM} Credential={self.access_key}/{scope}, "
            f"SignedHeaders={signed}, Signature={signature}"
        )
