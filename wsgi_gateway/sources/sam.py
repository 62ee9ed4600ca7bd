"""SAM templates: AWS::Serverless::* resources, as they are written for the AWS SAM CLI.

::

    from wsgi_gateway import Gateway, load_definition
    from wsgi_gateway.local_functions import local_functions

    shop = load_definition("template.yaml", parameters={"Env": "prod"})
    application = Gateway(shop, lambdas=local_functions(shop))

aws-sam-translator, AWS's own, makes a CloudFormation template of it, without network and without
credentials; :mod:`~wsgi_gateway.sources.cloudformation` reads that. It comes with the extra ``sam``. So
Globals, implicit APIs (``ServerlessRestApi``, whose stage is ``Prod``), function events of type Api, Auth,
Cors, Models, UsagePlan, GatewayResponses, MethodSettings and Domain are what they are on AWS.

What the translator drops, and would protect, is refused here: misspelled names below Auth, RequestModel and
the like (:mod:`~wsgi_gateway.sources.sam_names`), null, models and parameters of other shapes than its own
(:mod:`~wsgi_gateway.sources.sam_shapes`), what an event asks for beside a definition of the author's
own (:mod:`~wsgi_gateway.sources.sam_events`) or takes from it (:mod:`~wsgi_gateway.sources.sam_merges`), and
defaults that do not reach a method
(:mod:`~wsgi_gateway.sources.sam_defaults`).

Lines are those of the SAM template: what is made of an event or a resource leads back to it. Paths
(``$.Resources.ServerlessRestApi.Properties.Body...``) are those of the template that was made of it.

Local paths are used as they stand: ``DefinitionUri`` and ``AWS::Include`` name files beside the template,
``CodeUri`` is where :mod:`wsgi_gateway.local_functions` finds a function.

Parameters with ``NoEcho`` are not known to the translator: names of authorizers and the like, which decide
what it makes, cannot come of them.

What differs from a deployment: the stage called ``Stage`` that SAM makes beside the one that is wanted is
left out, and resources that an API does not need are not made. HTTP APIs, WebSocket APIs and nested
applications are a warning.

Not confirmed on AWS: that parameters of list types reach the translator as lists; that a method which SAM
marks with the scheme ``NONE``, declared nowhere, has no authorizer there
(:mod:`~wsgi_gateway.sources.sam_none`).

Not for: building functions; ``sam build`` does, and what it writes can be loaded.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html
"""

from __future__ import annotations

from typing import Any

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import cloudformation
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.cfn_template import SERVERLESS, makes_api, transforms_of
from wsgi_gateway.sources.definition import Definition
from wsgi_gateway.sources.intrinsics_loops import unrolled
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.sam_defaults import check_defaults
from wsgi_gateway.sources.sam_events import check_events
from wsgi_gateway.sources.sam_merges import check_merges
from wsgi_gateway.sources.sam_names import check_names
from wsgi_gateway.sources.sam_places import placed
from wsgi_gateway.sources.sam_shapes import check_shapes
from wsgi_gateway.sources.sam_template import SamTemplate
from wsgi_gateway.sources.sam_translator import is_installed, translate

_TRANSFORM = "AWS::Serverless-2016-10-31"
_INSTALL = "pip install 'wsgi_gateway[sam]'"


def recognises(data: dict[str, Any]) -> bool:
    """Whether the data are a SAM template."""
    resources = data.get("Resources")
    written = list(resources.values()) if isinstance(resources, dict) else []
    types = [one.get("Type") for one in written if isinstance(one, dict)]
    return any(_is_serverless(name) for name in (*transforms_of(data), *types))


def _is_serverless(name: Any) -> bool:
    return isinstance(name, str) and (name.startswith(SERVERLESS) or name == _TRANSFORM)


def read_definition(root: Node, *, basepath: str, options: TemplateOptions) -> Definition:
    """What the template at ``root`` declares. Raises ConfigError for what cannot be translated, and without
    the package that translates.
    """
    if not is_installed():
        resources = root.value.get("Resources")
        if not isinstance(resources, dict) or not any(map(makes_api, resources.values())):
            return cloudformation.read_definition(root, basepath=basepath, options=options)
        root.error("sam-missing", "a SAM template needs the package aws-sam-translator", _INSTALL)
        raise ConfigError(root.report.errors)
    names = transforms_of(root.value)
    strange = [one for one in names if str(one).startswith("AWS::Serverless") and one != _TRANSFORM]
    if strange:
        root.child("Transform").error("transform", f"No transform named {strange[0][:80]} found.", _TRANSFORM)
    elif _TRANSFORM not in names:
        hint = f"add Transform: {_TRANSFORM}; AWS refuses the template without it"
        root.warning("transform", "AWS::Serverless resources need the transform that makes them", hint)
    template = SamTemplate(unrolled(root, options))
    if not root.report.errors:
        check_shapes(template, options)
        check_names(template, options)
    if root.report.errors:
        raise ConfigError(root.report.errors)
    made = Node.root(placed(translate(template, options), template), root.report)
    found = cloudformation.read_definition(made, basepath=basepath, options=options)
    if not root.report.errors:
        check_events(template, found.api, options)
        check_defaults(template, found.api, options)
        check_merges(template, found.api, options)
    return found
