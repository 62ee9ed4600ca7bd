"""Files that a template names by ``s3://bucket/key``: those that lie beside it.

``s3://definitions/v1/api.yaml`` is ``v1/api.yaml``, or else ``api.yaml``, in the folder of the template.
Nothing is fetched, and nothing outside of that folder is read.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-apigateway-restapi-s3location.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-include.html
"""

from __future__ import annotations

from pathlib import Path

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources.document import Document
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.reading import read


def beside(node: Node, key: str) -> Document | None:
    """The document of that key, for the template in which ``node`` stands; None and a report without one."""
    found = _path(node.document.file, key)
    if found is None:
        hint = "put a copy with the same name beside the template"
        node.error("file-missing", f"the file {key[-200:]!r} is not beside the template", hint)
        return None
    try:
        return read(found)
    except ConfigError as error:
        node.report.extend(error.problems)
        return None


def key_of(location: str) -> str:
    """``s3://bucket/folder/name.yaml`` is ``folder/name.yaml``."""
    return location[len("s3://") :].partition("/")[2] if location.startswith("s3://") else location


def _path(template: str | None, key: str) -> Path | None:
    parts = [part for part in key.replace("\\", "/").split("/") if part]
    if template is None or not parts or ".." in parts or "\0" in key or len(key) > 1024:
        return None
    folder = Path(template).resolve().parent
    for path in (folder.joinpath(*parts), folder / parts[-1]):
        try:
            if path.is_file() and path.resolve().is_relative_to(folder):
                return path
        except OSError:
            continue
    return None
