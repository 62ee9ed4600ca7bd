"""wsgi_gateway: the request lifecycle of Amazon API Gateway (REST) around any WSGI application."""

__version__ = "0.1.0"
