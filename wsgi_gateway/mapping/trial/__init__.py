"""Mapping templates by themselves: rendered for an invented request, watched, explained.

Read in this order: `template` (the public class), `invocation` (the request that is invented), `rendering`
(what comes out), `cautions`, `passes` and `listing` (what is told of it).

::

    from wsgi_gateway.mapping import Template
    print(Template.from_file("templates/order.vm").observe({"id": 7}).explain())

Not for serving: :mod:`wsgi_gateway.mapping.templates` reads a request. The names for users are those of
:mod:`wsgi_gateway.mapping`.
"""
