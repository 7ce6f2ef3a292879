"""A defect inside functions, put into them as they are: whoever imported them has it as well."""

import sys
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType

OPTIMIZED = 1  # a function's code, not that of a module or a class
KEPT = ("co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_flags", "co_name")


def in_functions(before: str, after: str) -> bool:
    """Tell whether two sources of a module differ in the code of functions alone."""
    try:
        return changed(*(compile(text, "one", "exec") for text in (before, after))) is not None
    except SyntaxError:
        return False


def swap(module: str, source: str) -> None:
    """Give the functions of a module the code that they have in another source of it.

    Raises:
        RuntimeError: none of them is there to be given any.
    """
    file = sys.modules[module].__file__ or ""
    with open(file, encoding="utf-8") as kept:  # noqa: PTH123 - as few imports as can be
        old, new = (compile(text, file, "exec") for text in (kept.read(), source))
    wanted = {one.co_qualname: (one, other) for one, other in changed(old, new) or ()}
    given = 0
    for one in functions(vars(sys.modules[module]), file):
        was, becomes = wanted.get(one.__code__.co_qualname, (None, None))
        if was is not None and was.co_firstlineno == one.__code__.co_firstlineno:
            one.__code__ = becomes
            given += 1
    if not given:
        message = f"no function of {module} is there: {sorted(wanted)}"
        raise RuntimeError(message)


def functions(names: Mapping[str, object], file: str) -> Iterator[FunctionType]:
    """Yield the functions of a file that are among these names, and in its classes."""
    for value in names.values():
        one = value
        if isinstance(value, property):
            one = value.fget
        one = getattr(one, "__func__", one)
        one = getattr(one, "__wrapped__", one)
        if isinstance(one, FunctionType):
            if one.__code__.co_filename == file:
                yield one
        elif isinstance(one, type) and one.__module__ == names.get("__name__", one.__module__):
            yield from functions(vars(one), file)


def changed(one: CodeType, other: CodeType) -> list[tuple[CodeType, CodeType]] | None:
    """Return the outermost functions that differ; None where anything else does."""
    kept = all(getattr(one, name) == getattr(other, name) for name in KEPT)
    if not kept or len(one.co_consts) != len(other.co_consts):
        return None
    found: list[tuple[CodeType, CodeType]] = []
    for mine, theirs in zip(one.co_consts, other.co_consts, strict=True):
        if not isinstance(mine, CodeType) or not isinstance(theirs, CodeType):
            if mine != theirs or type(mine) is not type(theirs):
                return None
        elif mine.co_flags & OPTIMIZED and theirs.co_flags & OPTIMIZED:
            if mine != theirs:
                found.append((mine, theirs))
        elif (within := changed(mine, theirs)) is None:
            return None
        else:
            found += within
    return found
