"""How to decide on a request: authorizers, the policies they return, and the cache of their answers.

:func:`allow` and :func:`deny` build a complete answer, for authorizers written in Python. *When* an
authorizer is asked is the business of :mod:`wsgi_gateway.lifecycle.authorizer`.
"""

from wsgi_gateway.authorizers.cache import AuthorizerCache
from wsgi_gateway.authorizers.policy import Policy, PolicyError, allow, deny

__all__ = ["AuthorizerCache", "Policy", "PolicyError", "allow", "deny"]
