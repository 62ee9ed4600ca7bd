"""An API that is only a definition, ``mock_api.yaml``: no app behind it, every answer from templates.

Run it: ``python examples/mock_api.py``, or serve it: ``wsgi-gateway serve examples/mock_api.yaml``.
"""

from __future__ import annotations

import json
from pathlib import Path

from wsgi_gateway import Gateway
from wsgi_gateway.wsgi import call_app


def main() -> None:
    weather = Gateway(Path(__file__).with_name("mock_api.yaml"))
    for town, query in [("london", ""), ("boston", "unit=fahrenheit"), ("atlantis", "")]:
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": f"/towns/{town}/weather", "QUERY_STRING": query}
        answer = call_app(weather, environ)
        document = json.loads(answer.body())
        document.pop("asked", None)
        print(f"{town:<9} {answer.status:<14} {json.dumps(document)}")


if __name__ == "__main__":
    main()
