"""What does the work in the end: terminal WSGI apps, each usable alone.

``Http`` calls a server, ``WsgiApp`` an app in the same process; ``Mock`` answers by itself. Functions written
for Lambda are called by ``LambdaProxy``, by ``LambdaStream`` if their answers stream, and by ``LambdaCustom``
behind mapping templates.
"""

from wsgi_gateway.integrations.http import Http
from wsgi_gateway.integrations.lambda_custom import LambdaCustom
from wsgi_gateway.integrations.lambda_function import LambdaFunction
from wsgi_gateway.integrations.lambda_proxy import LambdaProxy
from wsgi_gateway.integrations.lambda_stream import LambdaStream
from wsgi_gateway.integrations.mock import Mock
from wsgi_gateway.integrations.wsgi import WsgiApp

__all__ = ["Http", "LambdaCustom", "LambdaFunction", "LambdaProxy", "LambdaStream", "Mock", "WsgiApp"]
