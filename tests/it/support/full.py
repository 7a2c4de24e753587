"""A task definition in which every member that botocore's model of RegisterTaskDefinition knows is
filled, as JSON on standard output.

Reads, from standard input, what ECS's rules decide and types do not: by place (`*` for every
element), a value; `null` leaves the place out; `{"one-of": [...]}` at a list makes an element for
each of these members, which exclude each other (a name with spaces stands for several)."""

import json
import sys

import botocore.session

REGISTER = (
    botocore.session.get_session()
    .get_service_model("ecs")
    .operation_model("RegisterTaskDefinition")
    .input_shape
)
DECIDED = json.load(sys.stdin)


def structure(shape, at, without=()):
    return {
        name: filled(member, f"{at}/{name}")
        for name, member in shape.members.items()
        if name not in without and DECIDED.get(f"{at}/{name}", "") is not None
    }


def elements(shape, at):
    decided = DECIDED.get(f"{at}/*")
    if not isinstance(decided, dict):
        return [filled(shape.member, f"{at}/*")]
    groups = [group.split() for group in decided["one-of"]]
    every = [name for group in groups for name in group]
    made = []
    for number, group in enumerate(groups):
        element = structure(shape.member, f"{at}/*", [name for name in every if name not in group])
        if "name" in element and number:
            element["name"] += f"-{number}"
        made.append(element)
    return made


def filled(shape, at):
    kind = shape.type_name
    if at in DECIDED and not isinstance(DECIDED[at], dict):
        return DECIDED[at]
    if kind == "structure":
        return structure(shape, at)
    if kind == "list":
        return elements(shape, at)
    if kind == "map":
        return {"Some.Key-of/it": filled(shape.value, f"{at}/*")}
    if kind == "string":
        return shape.enum[0] if shape.enum else "text at " + at.rsplit("/", 1)[-1]
    if kind in ("integer", "long"):
        return 8
    if kind in ("float", "double"):
        return 1.5
    if kind == "boolean":
        return True
    raise ValueError(f"{at} is a {kind}, which no member of a task definition was before")


json.dump(filled(REGISTER, ""), sys.stdout)
