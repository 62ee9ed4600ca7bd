"""Sphinx: the reference is made of the modules' docstrings, which are the manual pages."""

from importlib.metadata import version as installed_version

project = "wsgi_gateway"
version = release = installed_version("wsgi_gateway")
extensions = ["sphinx.ext.autodoc", "sphinx.ext.apidoc", "myst_parser"]

apidoc_modules = [
    {
        "path": "../wsgi_gateway",
        "destination": "reference",
        "exclude_patterns": ["../wsgi_gateway/__main__.py"],
        "separate_modules": True,
        "module_first": True,
    }
]
# What a package only hands on is documented where it is written.
autodoc_default_options = {"ignore-module-all": True}
# Two modules may use one word; annotations do not say which is meant. Pygments does not know our messages.
suppress_warnings = ["ref.python", "misc.highlighting_failure"]
autodoc_member_order = "bysource"
autodoc_typehints = "description"

html_theme = "alabaster"
exclude_patterns = ["_build"]
