"""What is known of Windows and PowerShell, from the tables in `hyperv_audit/collect/record`."""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from hyperv_audit.collect import allowed

EDITIONS = ("2016", "2019", "2022", "2025")
WINDOWS_POWERSHELL = "5.1.14393"
# One engine on every edition: their commands are those of Windows PowerShell 5.1.
ENGINE_MODULES = ("Microsoft.PowerShell.", "CimCmdlets")

_CIM_TYPES = {
    "string": "System.String",
    "boolean": "System.Boolean",
    "datetime": "System.DateTime",
    "uint8": "System.Byte",
    "uint16": "System.UInt16",
    "uint32": "System.UInt32",
    "uint64": "System.UInt64",
}
_OF_HYPERV = re.compile(r"^Microsoft\.(?:HyperV|Vhd)\.PowerShell\.")
_WRAPPED = re.compile(r"^System\.(?:Nullable|Collections\.Generic\.(?:List|IList|IEnumerable))<(.*)>$")


@dataclass(frozen=True)
class Value:
    """What an expression may hand back: of which types, one or an array; of a hash table also its keys."""

    types: frozenset[str] = frozenset()
    many: bool = False
    slots: dict[str, "Value"] | None = field(default=None, compare=False)

    def __or__(self, other: "Value") -> "Value":
        return Value(
            self.types | other.types, self.many or other.many, self.slots if self.slots is not None else other.slots
        )

    def one(self) -> "Value":
        """An element, where this is an array."""
        return Value(self.types, many=False, slots=self.slots)

    def all(self) -> "Value":
        """Made an array."""
        return Value(self.types, many=True, slots=self.slots)


def of(name: str) -> Value:
    """A value of one type; `[]` makes it an array."""
    if name == "nothing":
        return Value()
    return Value(frozenset({name.removesuffix("[]")}), many=name.endswith("[]"))


STRING, NUMBER, BOOLEAN = of("System.String"), of("System.Int32"), of("System.Boolean")
ERROR = of("System.Management.Automation.ErrorRecord")
HASHTABLE = "System.Collections.Hashtable"
ANYTHING = of("anything")


@cache
def recorded(name: str) -> dict[str, Any]:
    """One of the recorded JSON tables."""
    text = files("hyperv_audit.collect").joinpath("record", f"{name}.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def commands() -> dict[str, Any]:
    """Commands of Windows, by lower-case name."""
    return _commands()


@cache
def _commands() -> dict[str, Any]:
    return {name.lower(): {"name": name, **entry} for name, entry in recorded("commands")["commands"].items()}


def objects(section: str) -> Any:
    """A section of objects.yaml."""
    return allowed.table("objects")[section]


def cim_class(name: str) -> dict[str, Any] | None:
    """A CIM class, whatever the case of its name."""
    found = _cim_classes().get(name.lower())
    return None if found is None else dict(found)


@cache
def _cim_classes() -> dict[str, dict[str, Any]]:
    return {known.lower(): entry for known, entry in allowed.table("cim")["classes"].items()}


def enum(name: str) -> frozenset[str] | None:
    """The names that an enum has, in lower case; none where only its numbers are known."""
    if name in allowed.table("cim")["codes"]:
        return frozenset()
    numbers = recorded("hyperv_types")["enums"].get(name) or objects("enums").get(name, {}).get("values")
    return None if numbers is None else frozenset(member.lower() for member in numbers)


def full_name(name: str) -> str | None:
    """The full name of a type as a script writes it; None where .NET Framework and PowerShell know no such type."""
    bare = name.removesuffix("[]")
    by_accelerator = objects("accelerators").get(bare.lower())
    known = {*recorded("net_framework_types")["types"], *objects("types")}
    for candidate in (by_accelerator, bare, f"System.{bare}"):
        if candidate in known:
            return str(candidate)
    return None


def static_members(type_: str) -> frozenset[str]:
    """Static members and constants of a .NET type, in lower case."""
    entry = recorded("net_framework_types")["types"].get(type_) or objects("types").get(type_, {})
    unrecorded = (member.rpartition(".") for member in objects("unrecorded_statics"))
    names = (
        *entry.get("static", ()),
        *entry.get("enumeration", ()),
        *(m for owner, _, m in unrecorded if owner == type_),
    )
    return frozenset(name.lower() for name in names)


def instance_members(type_: str) -> frozenset[str]:
    """Members of an object of a .NET type, in lower case."""
    return frozenset(
        name.lower() for name in recorded("net_framework_types")["types"].get(type_, {}).get("instance", ())
    )


def returned(member: str) -> Value | None:
    """What a .NET member, Type.Member in any case, hands back."""
    found = {known.lower(): type_ for known, type_ in objects("returns").items()}.get(member.lower())
    return None if found is None else of(found)


def com_method(name: str) -> Value | None:
    """What a method of a COM object, Type.Method, hands back; None where no such method is known."""
    type_, _, method = name.rpartition(".")
    held = objects("types").get(type_, {}).get("methods", {}).get(method)
    return None if held is None else of(held)


def property_of(type_: str, name: str) -> Value | None:
    """What a property holds; None where this type has no such property."""
    properties = _properties(type_)
    if properties is not None:
        found = {known.lower(): held for known, held in properties.items()}.get(name.lower())
        return None if found is None else of(_plain(found))
    return (returned(f"{type_}.{name}") or ANYTHING) if name.lower() in instance_members(type_) else None


def _properties(type_: str) -> dict[str, str] | None:
    """All properties of a type with their types; None for a .NET type, whose record has names only."""
    if type_ in objects("types"):
        return dict(objects("types")[type_]["properties"])
    if type_ in recorded("hyperv_types")["classes"]:
        return dict(recorded("hyperv_types")["classes"][type_])
    if type_.startswith("registry:"):
        return dict(objects("registry")[type_.removeprefix("registry:")]["values"])
    if type_.startswith("key:"):
        return {"PSPath": f"path:{type_.removeprefix('key:')}"}
    if type_.endswith("()"):
        class_, _, method = type_.removesuffix("()").partition(".")
        return _cim((cim_class(class_) or {})["methods"][method]["out"])
    found = cim_class(type_)
    return (
        None if found is None else _cim({**found["properties"], **found.get("unlisted", {}), **found.get("typed", {})})
    )


def _cim(properties: dict[str, str]) -> dict[str, str]:
    bare = {name: type_.removesuffix("[]") for name, type_ in properties.items()}
    return {name: _CIM_TYPES.get(bare[name], bare[name]) + properties[name][len(bare[name]) :] for name in properties}


def _plain(type_: str) -> str:
    """A type without what wraps it: Nullable<T> is T, a list of T is T[]."""
    if wrapped := _WRAPPED.match(type_):
        return _OF_HYPERV.sub("", wrapped[1]) + "[]" * ("Nullable" not in type_)
    return _OF_HYPERV.sub("", type_)
