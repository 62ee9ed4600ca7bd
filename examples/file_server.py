"""Files in Amazon S3 by GET, PUT and DELETE, without a line of code behind the gateway.

Run it: ``python examples/file_server.py``. S3 is played by moto (``pip install 'moto[server]'``) in this
process; without ``aws=URL`` the same definition serves the real one, with a bucket and a role of yours. The
definition's ``{key}`` is the path below ``/files/``; bytes stay bytes, since ``image/*`` is among its binary
media types. No request can leave the bucket.
"""

from __future__ import annotations

import io
import logging
import os
from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer

from wsgi_gateway import Gateway
from wsgi_gateway.wsgi import call_app

PICTURE = bytes(range(256))


def ask(app: Gateway, verb: str, path: str, body: bytes = b"") -> str:
    """Status and body, bytes as their number."""
    environ = {
        "REQUEST_METHOD": verb,
        "PATH_INFO": path,
        "CONTENT_TYPE": "image/png",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_ACCEPT": "image/png" if verb == "GET" else "application/json",
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
    }
    response = call_app(app, environ)
    data = b"".join(response.app_iter)
    same = "the same bytes" if data == PICTURE else data.decode()
    return f"{response.status}  {same}  {response.header('Content-Type')}"


def main() -> None:
    os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    url = f"http://{host}:{port}"
    s3 = boto3.client("s3", endpoint_url=url, region_name="eu-west-1")
    s3.create_bucket(Bucket="shelf", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.close()

    app = Gateway(Path(__file__).with_name("file_server.yaml"), aws=url)
    print("PUT     ", ask(app, "PUT", "/files/cups/blue one.png", PICTURE))
    print("GET     ", ask(app, "GET", "/files/cups/blue one.png"))
    print("another ", ask(app, "GET", "/files/cups/red.png"))
    print("outside ", ask(app, "GET", "/files/../other/cup.png"))
    print("DELETE  ", ask(app, "DELETE", "/files/cups/blue one.png"))
    print("GET     ", ask(app, "GET", "/files/cups/blue one.png"))
    moto.stop()
    moto._server.server_close()


if __name__ == "__main__":
    main()
