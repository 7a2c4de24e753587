"""An overlay that means harm, in Python: it does what its configuration says under `start` as early
as it can, and what it says under `do` when it is called.

Code of the module itself, and of the class's `__init__`, runs while the component is made, where no
host answers, and what it leaves in memory is part of the component. So a plugin starts where its
method is looked up.
"""

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import config, diagnostics, edit, target
from wit_world.imports.types import Failure

MEBIBYTE = 1 << 20


def loop():
    while True:
        pass


def recursion():
    """Through C, where Python's own limit does not count."""
    nested = []
    for _ in range(1_000_000):
        nested = [nested]
    repr(nested)


def memory(piece):
    taken = []
    while True:
        taken.append(b"\x01" * piece)


def failure():
    raise Err(Failure("x-over", "x" * (MEBIBYTE + 1 - 6), None, None, None))


def edits():
    number = 0
    while True:
        edit.set_env("app", f"N{number}", "x")
        number += 1


def panic():
    raise RuntimeError("the plugin's own words")


DEEDS = {
    "loop": loop,
    "recursion": recursion,
    "memory-once": lambda: memory(1 << 30),
    "memory-many": lambda: memory(64 << 10),
    "memory-three": lambda: memory(100 << 20),
    "string": lambda: diagnostics.trace("info", "x" * (1 << 30)),
    "argument-over": lambda: edit.set_env("app", "BIG", "x" * (MEBIBYTE + 1 - 6)),
    "failure-over": failure,
    "key-over": lambda: target.get("k" * (MEBIBYTE + 1)),
    "edits": edits,
    "panic": panic,
    "polite": lambda: edit.set_env("app", "POLITE", "yes"),
}


class Overlay(exports.Overlay):
    @property
    def apply(self):
        start = config.get("/start")
        if start:
            DEEDS[start]()
        return DEEDS[config.get("/do") or ""]
