"""What others say of task definitions: cfn-lint's rules and botocore's model.

Reads {"documents": [...]} from standard input and writes, to standard output:
  verdicts: for each document, cfn-lint's rule ids and the kinds of fault that botocore finds;
  model:    every place of RegisterTaskDefinition as botocore knows it, with `required` and `enum`.
"""

import json
import sys

import botocore.session
from botocore.validate import ParamValidator
from cfnlint.api import ManualArgs, lint

REGISTER = (
    botocore.session.get_session()
    .get_service_model("ecs")
    .operation_model("RegisterTaskDefinition")
    .input_shape
)

# CloudFormation writes these members in its own way; all others only with a capital letter.
CLOUDFORMATION_NAMES = {
    "efsVolumeConfiguration": "EFSVolumeConfiguration",
    "fsxWindowsFileServerVolumeConfiguration": "FSxWindowsFileServerVolumeConfiguration",
    "fileSystemId": "FilesystemId",
    "iam": "IAM",
}


def properties(shape, value):
    """The document as properties of AWS::ECS::TaskDefinition. Keys of maps stay as they are."""
    if shape is not None and shape.type_name == "structure" and isinstance(value, dict):
        return {
            CLOUDFORMATION_NAMES.get(name, name[:1].upper() + name[1:]): properties(
                shape.members.get(name), member
            )
            for name, member in value.items()
        }
    if shape is not None and shape.type_name == "list" and isinstance(value, list):
        return [properties(shape.member, element) for element in value]
    return value


def cfn_lint(documents):
    """The rule ids of each document, from one template that holds them all."""
    resources = {
        f"Task{index}": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": properties(REGISTER, document),
        }
        for index, document in enumerate(documents)
    }
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
    rules = {name: set() for name in resources}
    found = lint(json.dumps(template), config=ManualArgs(regions=["us-east-1"])) if resources else []
    for match in found:
        if match.rule.id.startswith("E"):
            rules[match.path[1]].add(match.rule.id)
    return [sorted(ids) for ids in rules.values()]


def wrong_enums(shape, value):
    """botocore's validator does not look at enums."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return any(wrong_enums(shape.members[k], v) for k, v in value.items() if k in shape.members)
    if shape.type_name == "list" and isinstance(value, list):
        return any(wrong_enums(shape.member, v) for v in value)
    if shape.type_name == "map" and isinstance(value, dict):
        return any(wrong_enums(shape.value, v) for v in value.values())
    return (
        shape.type_name == "string"
        and isinstance(value, str)
        and bool(shape.enum)
        and value not in shape.enum
    )


def botocore_says(document):
    report = ParamValidator().validate(document, REGISTER)
    kinds = {
        {"missing required field": "missing", "unknown field": "unknown"}.get(kind, kind)
        for kind, _, _ in report._errors
    }
    if wrong_enums(REGISTER, document):
        kinds.add("enum")
    return sorted(kinds)


def places(shape, at, required=False):
    yield {
        "address": at,
        "required": required,
        "enum": sorted(shape.enum) if shape.type_name == "string" else [],
        "type": shape.type_name,
    }
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from places(member, f"{at}/{name}", name in shape.required_members)
    elif shape.type_name in ("list", "map"):
        inner = shape.member if shape.type_name == "list" else shape.value
        yield from places(inner, f"{at}/*")


def main():
    documents = json.load(sys.stdin)["documents"]
    verdicts = [
        {"cfn-lint": rules, "botocore": botocore_says(document)}
        for document, rules in zip(documents, cfn_lint(documents))
    ]
    model = list(places(REGISTER, ""))[1:]
    json.dump({"verdicts": verdicts, "model": model}, sys.stdout)


main()
