"""What ``Ref`` and ``Fn::GetAtt`` of a template's resources give, though nothing is ever made.

The value that the caller gives under ``resources``, or else an invented one that never changes:

====================================  ==============================================================
``Ref`` of a RestApi                  its logical id, which becomes the id of the API
``Ref`` of a Stage, Model             its name
``Ref`` of a function, queue, ...     its name property if there is one, else the logical id; as an ARN or URL
                                      for the types of which AWS's is one
``Ref`` of anything else              the logical id
``Fn::GetAtt`` of an ARN              the ARN of that type, with the name above: the function ``Pets`` is
                                      ``arn:aws:lambda:us-east-1:123456789012:function:Pets``
``Fn::GetAtt`` of anything else       ``LogicalId.Attribute``, with a warning
====================================  ==============================================================

So functions are found under their ``FunctionName``, or their logical id: ``lambdas={"Pets": ...}``.

Source: the return values in https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html;
names are this project's own, as AWS's have a random end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.cfn_template import API_GATEWAY, Template

if TYPE_CHECKING:
    from wsgi_gateway.sources.node import Node

_NAME_PROPERTY = {
    "AWS::ApiGateway::Stage": "StageName",
    "AWS::ApiGateway::Model": "Name",
    "AWS::ApiGateway::DomainName": "DomainName",
    "AWS::ApiGateway::DomainNameV2": "DomainName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Serverless::Function": "FunctionName",
    "AWS::Lambda::Alias": "Name",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::Kinesis::Stream": "StreamName",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
_ARNS = {
    "AWS::Lambda::Function": "arn:{partition}:lambda:{region}:{account_id}:function:{name}",
    "AWS::Serverless::Function": "arn:{partition}:lambda:{region}:{account_id}:function:{name}",
    "AWS::Cognito::UserPool": "arn:{partition}:cognito-idp:{region}:{account_id}:userpool/{region}_{name}",
    "AWS::DynamoDB::Table": "arn:{partition}:dynamodb:{region}:{account_id}:table/{name}",
    "AWS::Events::EventBus": "arn:{partition}:events:{region}:{account_id}:event-bus/{name}",
    "AWS::IAM::Role": "arn:{partition}:iam::{account_id}:role/{name}",
    "AWS::Kinesis::Stream": "arn:{partition}:kinesis:{region}:{account_id}:stream/{name}",
    "AWS::KinesisFirehose::DeliveryStream": (
        "arn:{partition}:firehose:{region}:{account_id}:deliverystream/{name}"
    ),
    "AWS::Logs::LogGroup": "arn:{partition}:logs:{region}:{account_id}:log-group:{name}:*",
    "AWS::S3::Bucket": "arn:{partition}:s3:::{name}",
    "AWS::SNS::Topic": "arn:{partition}:sns:{region}:{account_id}:{name}",
    "AWS::SQS::Queue": "arn:{partition}:sqs:{region}:{account_id}:{name}",
    "AWS::StepFunctions::StateMachine": "arn:{partition}:states:{region}:{account_id}:stateMachine:{name}",
}
_DEPTH = 10
_REF_IS_ARN = frozenset({"AWS::SNS::Topic", "AWS::StepFunctions::StateMachine"})
_NAME_ATTRIBUTES = frozenset("QueueName TopicName Name RoleId StageName ApiKeyId APIKeyId".split())


class Names:
    """``resolve`` works out the value at a node of the template."""

    PSEUDO = (
        *("AWS::AccountId", "AWS::NotificationARNs", "AWS::NoValue", "AWS::Partition", "AWS::Region"),
        *("AWS::StackId", "AWS::StackName", "AWS::URLSuffix"),
    )
    """The pseudo parameters."""

    def __init__(self, template: Template, options: TemplateOptions, resolve: Callable[[Node], Any]) -> None:
        self._resources = template.resources
        self._options = options
        self._resolve = resolve
        self._found: dict[str, str] = {}
        self._depth = 0
        arn = f"arn:{options.partition}:cloudformation:{options.region}:{options.account_id}"
        self._pseudo: dict[str, Any] = {
            "AWS::AccountId": options.account_id,
            "AWS::NotificationARNs": [],
            "AWS::Partition": options.partition,
            "AWS::Region": options.region,
            "AWS::StackId": f"{arn}:stack/{options.stack_name}/00000000-0000-0000-0000-000000000000",
            "AWS::StackName": options.stack_name,
            "AWS::URLSuffix": "amazonaws.com.cn" if options.partition == "aws-cn" else "amazonaws.com",
        }

    def pseudo(self, name: str) -> Any:
        """The value of a pseudo parameter; None for anything else."""
        return self._pseudo.get(name)

    def name(self, logical_id: str) -> str:
        """The name property of a resource, or its logical id."""
        if logical_id in self._found:
            return self._found[logical_id]
        # For a name that leads back to itself, which the check of circles tells.
        self._found[logical_id] = logical_id
        resource = self._resources[logical_id]
        properties = resource.node.get("Properties")
        wanted = _NAME_PROPERTY.get(resource.type)
        if properties is not None and wanted is not None and wanted in properties:
            value = self._inner(properties.child(wanted))
            if isinstance(value, str) and value:
                self._found[logical_id] = value
        return self._found[logical_id]

    def _inner(self, node: Node) -> Any:
        """A name, which other names may be part of, but not without end."""
        if self._depth >= _DEPTH:
            node.error("names-too-deep", f"names made of names, more than {_DEPTH} deep")
            return None
        self._depth += 1
        try:
            return self._resolve(node)
        finally:
            self._depth -= 1

    def ref(self, logical_id: str) -> Any:
        """What ``Ref`` of a resource gives."""
        if logical_id in self._options.resources:
            return self._options.resources[logical_id]
        kind = self._resources[logical_id].type
        if kind in ("AWS::Lambda::Version", "AWS::Lambda::Alias"):
            return self._qualified(logical_id)
        if kind in _REF_IS_ARN:
            return self._arn(logical_id)
        if kind == "AWS::SQS::Queue":
            host = f"sqs.{self._options.region}.{self._pseudo['AWS::URLSuffix']}"
            return f"https://{host}/{self._options.account_id}/{self.name(logical_id)}"
        if kind == "AWS::Cognito::UserPool":
            return f"{self._options.region}_{logical_id}"
        return self.name(logical_id)

    def attribute(self, logical_id: str, attribute: str, node: Node) -> Any:
        """What ``Fn::GetAtt`` of a resource gives, asked for at ``node``."""
        full = f"{logical_id}.{attribute}"
        if full in self._options.resources:
            return self._options.resources[full]
        kind = self._resources[logical_id].type
        if kind.startswith(API_GATEWAY):
            return full if attribute == "RootResourceId" else self.ref(logical_id)
        if attribute in ("Arn", "TopicArn", "FunctionArn", "AliasArn") and kind in _ARNS:
            return self._arn(logical_id)
        if kind in ("AWS::Lambda::Version", "AWS::Lambda::Alias") and attribute.endswith("Arn"):
            return self._qualified(logical_id)
        if kind == "AWS::Lambda::Version" and attribute == "Version":
            return "1"
        if attribute in _NAME_ATTRIBUTES:
            return self.name(logical_id)
        hint = f"give it: --resource {full[:120]}=VALUE, or resources={{'{full[:120]}': VALUE}}"
        node.warning("invented-value", f"{full[:160]} is not known here; its name stands for it", hint)
        return full

    def _arn(self, logical_id: str) -> str:
        options = self._options
        return _ARNS[self._resources[logical_id].type].format(
            partition=options.partition,
            region=options.region,
            account_id=options.account_id,
            name=self.name(logical_id) if logical_id in self._resources else logical_id,
        )

    def _qualified(self, logical_id: str) -> str:
        """The ARN of a version or alias: that of its function, a colon and its name."""
        resource = self._resources[logical_id]
        properties = resource.node.get("Properties")
        function = properties.get("FunctionName") if properties is not None else None
        of = None if function is None else self._inner(function)
        of = of if isinstance(of, str) else logical_id
        if not of.startswith("arn:"):
            options = self._options
            of = f"arn:{options.partition}:lambda:{options.region}:{options.account_id}:function:{of}"
        return f"{of}:1" if resource.type.endswith("Version") else f"{of}:{self.name(logical_id)}"
