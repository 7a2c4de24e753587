"""What CloudFormation registers of a synthesised template's only AWS::ECS::TaskDefinition.

Reads the template from standard input and writes the task definition in the shape that
RegisterTaskDefinition takes: members by botocore's names, keys of maps as they are, references as
plausible ARNs and names."""

import json
import sys

import botocore.session

REGISTER = (
    botocore.session.get_session()
    .get_service_model("ecs")
    .operation_model("RegisterTaskDefinition")
    .input_shape
)
ACCOUNT = "123456789012"
TEMPLATE = json.load(sys.stdin)


def resolved(value):
    """References to other resources as what CloudFormation would put there."""
    if isinstance(value, list):
        return [resolved(element) for element in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return f"Shop-{value['Ref']}"
    if set(value) == {"Fn::GetAtt"}:
        name, attribute = value["Fn::GetAtt"]
        kind = TEMPLATE["Resources"][name]["Type"]
        if (kind, attribute) != ("AWS::IAM::Role", "Arn"):
            raise ValueError(f"{attribute} of a {kind} is not known here")
        return f"arn:aws:iam::{ACCOUNT}:role/Shop-{name}"
    if any(name.startswith("Fn::") for name in value):
        raise ValueError(f"{value} is not known here")
    return {name: resolved(member) for name, member in value.items()}


def registered(shape, value):
    """The properties under the names of the model. A property that it does not know is an error."""
    if shape.type_name == "structure":
        names = {name.lower(): name for name in shape.members}
        members = {}
        for name, member in value.items():
            own = names[name.lower()]
            members[own] = registered(shape.members[own], member)
        return members
    if shape.type_name == "list":
        return [registered(shape.member, element) for element in value]
    if shape.type_name in ("integer", "long"):
        return int(value)
    return value


definitions = [
    resource["Properties"]
    for resource in TEMPLATE["Resources"].values()
    if resource["Type"] == "AWS::ECS::TaskDefinition"
]
(properties,) = definitions
json.dump(registered(REGISTER, resolved(properties)), sys.stdout)
