"""What does the work in the end: terminal WSGI apps, each usable alone.

``Http`` calls a server, ``LambdaProxy`` a Python function written as a Lambda one, ``WsgiApp`` an app in the
same process; ``Mock`` answers by itself.
"""

from wsgi_gateway.integrations.http import Http
from wsgi_gateway.integrations.lambda_proxy import LambdaProxy
from wsgi_gateway.integrations.mock import Mock
from wsgi_gateway.integrations.wsgi import WsgiApp

__all__ = ["Http", "LambdaProxy", "Mock", "WsgiApp"]
