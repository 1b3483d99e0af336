"""Takes over from the whole record the part that the scripts use: python -m tests_tool.powershell.carry FOLDER.

FOLDER holds windows_commands.json, hyperv_types.json and net_framework_types.json.
"""

import json
import sys
from pathlib import Path
from typing import Any

import hyperv_audit.collect
from hyperv_audit.collect import allowed

_RECORD = Path(hyperv_audit.collect.__file__).parent / "record"
_SOURCES = {
    "commands": (
        "Microsoft's reference pages of each edition (MicrosoftDocs/windows-powershell-docs) and a listing of Windows "
        "PowerShell 5.1.14393's commands; only those that the suite may use"
    ),
    "hyperv_types": (
        "stubs generated from Microsoft's Hyper-V module 2.0.0.0 (dsccommunity/HyperVDsc); only the types that "
        "the collectors' commands hand back, with what those hold, and their enums"
    ),
    "net_framework_types": (
        "public members of .NET Framework 4.6.2, the version of a 2016 host; only types that scripts name or use"
    ),
}


def main(arguments: list[str]) -> int:
    """Writes the three recorded tables."""
    folder = Path(arguments[0])
    _write("commands", {"commands": _commands(_read(folder / "windows_commands.json"))})
    _write("hyperv_types", _hyperv(_read(folder / "hyperv_types.json")))
    _write("net_framework_types", {"types": _net(_read(folder / "net_framework_types.json"))})
    return 0


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _commands(whole: dict[str, Any]) -> dict[str, Any]:
    named = allowed.table("allowed")
    return {name: whole[name] for name in sorted({*named["asks"], *named["shapes"], *named["folder"]})}


def _hyperv(whole: dict[str, Any]) -> dict[str, Any]:
    classes = {name: entry["properties"] for name, entry in whole["classes"].items()}
    reached = {type_ for type_ in allowed.table("objects")["outputs"].values() if type_ in classes}
    while more := {_inner(held) for type_ in reached for held in classes[type_].values()} & set(classes) - reached:
        reached |= more
    held = {_inner(each) for type_ in reached for each in classes[type_].values()}
    return {
        "classes": {type_: classes[type_] for type_ in sorted(reached)},
        "enums": {name: whole["enums"][name] for name in sorted(held & set(whole["enums"]))},
    }


def _inner(type_: str) -> str:
    return type_.rstrip("[]>").rpartition(".")[2]


def _net(whole: dict[str, Any]) -> dict[str, Any]:
    named, objects = allowed.table("allowed"), allowed.table("objects")
    members = (*named["methods"], *named["statics"], *named["bootstrap"]["sets"], *objects["returns"])
    used = {member.rpartition(".")[0] for member in members} | set(named["new"])
    used |= {type_.removesuffix("[]") for type_ in (*objects["outputs"].values(), *objects["returns"].values())}
    used |= {*objects["accelerators"].values(), *objects["core"]}
    for entry in (*objects["types"].values(), *objects["registry"].values()):
        used |= {
            str(type_).removesuffix("[]") for type_ in (entry.get("properties") or entry.get("values", {})).values()
        }
    return {type_: whole[type_] for type_ in sorted(used & set(whole))}


def _write(name: str, document: dict[str, Any]) -> None:
    """One entry a line: a change shows as a line."""
    lines = [f'  "source": {json.dumps(_SOURCES[name])}']
    for section, entries in document.items():
        rows = ",\n".join(f"    {json.dumps(key)}: {json.dumps(entry)}" for key, entry in entries.items())
        lines.append(f'  "{section}": {{\n{rows}\n  }}')
    (_RECORD / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
