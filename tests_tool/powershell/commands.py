"""What a script's commands do and hand back: the script's own functions, programs, and commands of Windows."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from hyperv_audit.collect import allowed
from tests_tool.powershell import known
from tests_tool.powershell.known import ANYTHING, BOOLEAN, ERROR, HASHTABLE, NUMBER, STRING, Value, of
from tests_tool.powershell.reading import ALLOWED, COMPARES, OWN_PATH, RECORD, SCRIPT_BLOCK, Reader, Reading
from tests_tool.powershell.tree import Node

# Parameters, in lower case: where each stands, and its argument.
Bound = dict[str, tuple[Node, Node | None]]
# The prelude's functions: how many arguments each takes, and of what kind the last is.
_TAKES = {
    "Topic": (2, "block"),
    "Probe": (2, "block"),
    "Bulk": (2, "block"),
    "Each": (2, "block"),
    "OwnFolder": (1, "block"),
    "Rows": (2, None),
    "Left": (1, None),
    "Keyed": (3, None),
    "One": (2, None),
    "Whole": (1, None),
    "Switched": (2, None),
    "Value": (2, None),
    "Number": (2, None),
    "Text": (2, None),
}
# What these ask is told with the class, association or method they name.
_ASK_WITH_A_NAME = ("Get-CimInstance", "Get-CimAssociatedInstance", "Invoke-CimMethod")


def read(tree: Node, place: Callable[[int], str]) -> Reading:
    """Everything that a script does, and what is wrong with it. `place` turns a line of it into file:line."""
    reader = _CommandReader(Reading(place))
    reader.functions = {node.value.lower(): node for node in tree.walk() if node.kind == "function"}
    reader.all(tree.kids)
    reader.removed(tree)
    reader.reading.findings = list(dict.fromkeys(reader.reading.findings))
    return reader.reading


def _written(argument: Node) -> str:
    """An argument as it stands in the script."""
    return f"${argument.value}" if argument.kind == "var" else argument.value


def _calls(node: Node, command: str) -> bool:
    return node.kind == "command" and node.kids[:1] != () and node.kids[0].value == command


def _makes_and_removes(before: Node, after: Node) -> bool:
    """`$folder = New-Item ...` and `try { ... } finally { Remove-Item -LiteralPath $folder.FullName -Recurse }`."""
    if before.kind != "assign" or before.kids[0].kind != "var" or not _calls(before.kids[1], "New-Item"):
        return False
    if after.kind != "try" or after.kids[-1].kind != "finally":
        return False
    (body,) = after.kids[-1].kids
    wanted = ("Remove-Item", "LiteralPath", "FullName", "Recurse")
    return (
        len(body.kids) == 1
        and _calls(body.kids[0], "Remove-Item")
        and tuple(kid.value for kid in body.kids[0].kids) == wanted
        and body.kids[0].kids[2].kids[0].value == before.kids[0].value
    )


class _CommandReader(Reader):
    def removed(self, tree: Node) -> None:
        """What New-Item makes is removed by the `finally` of the `try` that follows it at once."""
        statements = [pair for node in tree.walk() for pair in pairwise(node.kids)]
        kept = {id(before.kids[1]) for before, after in statements if _makes_and_removes(before, after)}
        for node in tree.walk():
            if _calls(node, "New-Item") and id(node) not in kept:
                self.found(
                    "read-only",
                    node,
                    "a folder that is made is removed: $folder = New-Item ..., then at once try { ... } finally { "
                    "Remove-Item -LiteralPath $folder.FullName -Recurse }",
                )

    def block(self, node: Node, *arguments: Value) -> Value:
        """Runs a script block."""
        parameters = [kid for kid in node.kids if kid.kind == "param"]
        for parameter, argument in zip(parameters, arguments, strict=False):
            self.variables[parameter.value.lower()] = argument
        return self.all(kid for kid in node.kids if kid.kind != "param")

    def command(self, node: Node, given: Value | None) -> Value:
        head, *rest = node.kids
        value = (
            self.called(node, head)
            if node.value
            else self.named(head, [kid for kid in rest if kid.kind != "redirect"], given)
        )
        for redirect in rest:
            if redirect.kind == "redirect" and redirect.value == "2>&1":
                value |= ERROR
            elif redirect.kind == "redirect":
                self.found(
                    "read-only",
                    redirect,
                    "output is redirected to a file or another stream: collectors write no files, and use 2>&1 only",
                )
        return value

    def called(self, node: Node, head: Node) -> Value:
        """`& $block`: one of the script's own, and in the bootstrap the collector itself."""
        self.all(kid for kid in node.kids[1:] if kid.kind not in ("parameter", "redirect"))
        value = self.value(head)
        if node.value != "&" or value.types != {SCRIPT_BLOCK} or head.kind == "block":
            self.found(
                "read-only",
                node,
                f"`{node.value}` may run nothing but script blocks of the collector: call commands by their names",
            )
        return of("row")

    def named(self, head: Node, arguments: list[Node], given: Value | None) -> Value:
        if head.kind != "word":
            return self._other(head)
        name = head.value.lower()
        if name in self.functions:
            return self.own(head, arguments)
        lists = allowed.table("allowed")
        for section in ("asks", "shapes", "folder"):
            for command, entry in lists[section].items():
                if command.lower() == name:
                    self.reading.used.add((section, command))
                    return self.listed(head, command, entry, arguments, given)
        if head.value in lists["programs"]:
            return self.program(head, arguments)
        self.all(argument for argument in arguments if argument.kind != "parameter")
        self.found(
            "read-only", head, f"{head.value} is not in {ALLOWED}. A command that "
            "only reads is added there with why it changes nothing; an alias is written in full; all else stays out"
        )  # fmt: skip
        return ANYTHING

    def program(self, head: Node, arguments: list[Node]) -> Value:
        line = " ".join(map(self.spelled, arguments))
        if line not in allowed.table("allowed")["programs"][head.value]["arguments"]:
            self.found(
                "read-only",
                head,
                f"`{head.value} {line}`: not among the arguments that {RECORD}/allowed.yaml lists for this program",
            )
        self.reading.used.add(("programs", f"{head.value} {line}"))
        self.ask(f"{head.value} {line}")
        return of(f"{known.objects('outputs')[head.value]}[]")

    def spelled(self, argument: Node) -> str:
        """An argument of a program as allowed.yaml spells it: a word, or text around the path of our own folder."""
        if argument.kind == "word":
            return argument.value
        if argument.kind == "parameter" and not argument.kids:
            return f"-{argument.value}"
        self.value(argument)
        text = argument.value
        for part in argument.kids:
            if part.kind == "var" and self.value(part).types == OWN_PATH.types:
                text = text.replace(f"${part.value}\\", "{folder}\\")
        return text if argument.kind == "expandable" else f"({argument.kind})"

    def ask(self, what: str) -> None:
        asks = self.reading.bulk if self.in_bulk else self.reading.asks
        asked = asks.setdefault((self.topic, self.probe), [])
        if what not in asked:
            asked.append(what)

    # The script's own functions, which stand in the prelude.

    def own(self, head: Node, arguments: list[Node]) -> Value:
        name = head.value
        taken = _TAKES.get(name, (len(arguments), None))
        if len(arguments) != taken[0] or (taken[1] and arguments[-1].kind != taken[1]):
            self.found(
                "syntax", head, f"{name} takes {taken[0]} arguments" + f", the last a {taken[1]}" * bool(taken[1])
            )
            return ANYTHING
        if name in ("Topic", "Probe", "Bulk"):
            return self.section(name, arguments)
        if name == "OwnFolder":
            return self.block(arguments[0], OWN_PATH)
        for names, read in (
            (("Each",), self.each),
            (("Rows",), self.rows_of),
            (("Value", "Number", "Text", "Switched"), self.looked_up),
            (("Left", "Keyed", "One"), self.picked),
        ):
            if name in names:
                return read(head, arguments)
        values = [self.value(argument) for argument in arguments]
        if name == "Publish":
            return Value()
        if name == "Failure" and values and values[0].types != ERROR.types:
            self.found(
                "properties", head, "Failure takes an ErrorRecord: ask `-is [Management.Automation.ErrorRecord]`"
            )
        elif name not in ("Failure", "Whole"):
            self.found("properties", head, f"{name} is new: teach tests_tool/powershell/commands.py what it hands back")
        return of(HASHTABLE)

    def section(self, name: str, arguments: list[Node]) -> Value:
        title, block = arguments
        before = (self.topic, self.probe)
        text = self.text_of(title)
        if text is None:
            self.found("probes", title, f"{name} is given a name that is no plain text, nor one of a foreach over some")
            text = title.value
        self.topic, self.probe = (text, "") if name == "Topic" else (self.topic, text)
        if name != "Topic":
            self.reading.asks.setdefault((self.topic, self.probe), [])
            if self.probe not in allowed.table("probes").get(self.topic, {}):
                self.found(
                    "probes",
                    title,
                    f"probe {self.topic}.{self.probe} is not in {RECORD}/probes.yaml: say there what it asks, "
                    "and its language mode",
                )
        self.in_bulk = name == "Bulk"
        rows = self.block(block).all()
        if name != "Topic":  # of a probe with two parts, both hand in rows
            self.shown[self.topic, self.probe] = self.shown.get((self.topic, self.probe), Value()) | rows
        self.topic, self.probe, self.in_bulk = *before, False
        return Value()

    def rows_of(self, head: Node, arguments: list[Node]) -> Value:
        """What an earlier probe shows: only what it has put into its rows can be read of them."""
        topic, probe = (self.text_of(argument) or "(not a plain word)" for argument in arguments)
        if (topic, probe) not in self.shown:
            self.found("probes", head, f"no probe {topic}.{probe} has run before this one")
            return ANYTHING
        return self.shown[topic, probe]

    def each(self, head: Node, arguments: list[Node]) -> Value:
        items, block = arguments
        item = self.value(items).one()
        for type_ in item.types - {"data"} if not {"vmid", "id"} & set(item.slots or ()) else ():
            if known.property_of(type_, "VMId") is None and known.property_of(type_, "Id") is None:
                self.found("properties", head, f"Each keeps errors by VMId or Id, and {type_} has neither")
        return self.block(block, item)

    def looked_up(self, head: Node, arguments: list[Node]) -> Value:
        function = "Text" if head.value == "Keyed" else head.value
        owner, name = self.value(arguments[0]), arguments[1]
        if owner.types == {"object"}:
            held = ANYTHING  # within the prelude: one of these functions built on another
        elif name.kind != "string":
            self.found("properties", head, f"{function} is asked for a property whose name is no plain 'text'")
            held = ANYTHING
        else:
            held = self.property(name, owner, name.value)
            self.suits(function, name, held)
        return {"Value": held, "Number": NUMBER, "Text": STRING, "Switched": NUMBER}[function]

    def picked(self, head: Node, arguments: list[Node]) -> Value:
        """Some of the objects that are given: those that are left, all by a key, or the one under a key."""
        given = self.value(arguments[0])
        for argument in arguments[1:]:
            self.value(argument)
        if head.value == "Keyed":
            self.looked_up(head, arguments)
        return given.one() if head.value == "One" else given.all()

    def suits(self, function: str, name: Node, held: Value) -> None:
        """Number is for enums and numbers, Text for what is one."""
        numbers = all(
            known.enum(type_) is not None or "Int" in type_ or type_ == "System.Byte"
            for type_ in held.types - ANYTHING.types
        )
        if function == "Number" and not (numbers and not held.many):
            self.found("plain", name, f"{name.value} is no number or enum ({', '.join(held.types)}): Text or Value")
        if function == "Switched" and held != BOOLEAN:
            self.found("plain", name, f"{name.value} is no boolean ({', '.join(held.types)}): Value")
        if function == "Text" and held.many:
            self.found("plain", name, f"{name.value} is a list, and Text would run its items together: Value")

    # Commands of Windows.

    def listed(
        self, head: Node, command: str, entry: dict[str, Any], arguments: list[Node], given: Value | None
    ) -> Value:
        named, positional = self.bound(entry, arguments)
        self.takes(head, command, entry, named)
        if len(positional) > entry.get("positional", 0):
            self.found("commands", positional[-1], f"{command}: give arguments by the names of their parameters")
        if entry.get("only") and not self.in_file(head, entry["only"]):
            self.found("read-only", head, f"{command} has its place in {entry['only']} and nowhere else")
        for parameter, values in entry.get("values", {}).items():
            argument = named.get(parameter.lower(), (head, None))[1]
            if argument is None or _written(argument) not in values:
                self.found("read-only", head, f"{command} may be given no other -{parameter} than {', '.join(values)}")
        if command == "New-Object" and "comobject" in named:
            return self.com_object(head, named, positional)
        ran = {
            "ForEach-Object": self.for_each,
            "Where-Object": self.where,
            "Sort-Object": self.sort,
            "New-Object": self.new_object,
        }.get(command)
        if ran is not None:
            return ran(head, positional, given)
        held = {parameter: self.value(argument) for parameter, (_, argument) in named.items() if argument}
        self.all(positional)
        if command == "Invoke-Command" and (
            "vmid" not in named or held.get("scriptblock", Value()).types != {SCRIPT_BLOCK}
        ):
            self.found("read-only", head, "Invoke-Command runs a block of the script, in virtual machines named by id")
        if command in ("Get-Content", "Remove-Item") and held.get("literalpath", ANYTHING).types != OWN_PATH.types:
            self.found("read-only", head, f"{command} may be given nothing but what lies in the collector's own folder")
        return self.answer(head, command, named, held)

    def bound(self, entry: dict[str, Any], arguments: list[Node]) -> tuple[Bound, list[Node]]:
        """Parameters with their arguments, and arguments without a parameter."""
        switches = {parameter.lower().removesuffix("?") for parameter in entry["takes"] if parameter.endswith("?")}
        named: Bound = {}
        positional: list[Node] = []
        waiting: Node | None = None
        for argument in arguments:
            if argument.kind == "parameter":
                name = argument.value.lower()
                named[name] = (argument, argument.kids[0] if argument.kids else None)
                waiting = argument if not argument.kids and name not in switches else None
            elif waiting is not None:
                named[waiting.value.lower()] = (waiting, argument)
                waiting = None
            else:
                positional.append(argument)
        return named, positional

    def takes(self, head: Node, command: str, entry: dict[str, Any], named: Bound) -> None:
        """Each parameter is in the allow-list, and known on every edition on which this runs."""
        common = [parameter.lower() for parameter in allowed.table("allowed")["common"]]
        taken = [parameter.lower().removesuffix("?") for parameter in entry["takes"]]
        recorded = known.commands().get(command.lower())
        if recorded is None:
            self.found(
                "commands", head, f"{command} is not in {RECORD}/commands.json: carry its record over, or leave it"
            )
            return
        engine = recorded["module"].startswith(known.ENGINE_MODULES)
        editions = (known.WINDOWS_POWERSHELL,) if engine else self.editions()
        for edition in editions:
            if edition not in recorded["editions"] and edition not in entry.get("unrecorded", {}):
                self.found(
                    "commands",
                    head,
                    f"{command} is not known on {edition}: name a public source under `unrecorded` of "
                    f"{RECORD}/allowed.yaml, or the editions that the probe runs on in probes.yaml",
                )
        for name, (node, _) in named.items():
            if name in common:
                continue
            lacking = [
                e for e in editions if e in recorded["editions"] and name not in map(str.lower, recorded["editions"][e])
            ]
            if lacking:
                self.found(
                    "commands",
                    node,
                    f"{command} has no parameter -{node.value} on {', '.join(lacking)}: use one of the record, in full",
                )
            elif name not in taken:
                self.found(
                    "read-only",
                    node,
                    f"{command} -{node.value} is not in `takes` of {ALLOWED}",
                )

    def editions(self) -> tuple[str, ...]:
        probe = allowed.table("probes").get(self.topic, {}).get(self.probe, {})
        return tuple(map(str, probe.get("editions", known.EDITIONS)))

    def for_each(self, head: Node, positional: list[Node], given: Value | None) -> Value:
        return self.per_object(head, positional, given)

    def per_object(self, head: Node, positional: list[Node], given: Value | None) -> Value:
        if len(positional) != 1 or positional[0].kind != "block" or given is None:
            self.found("commands", head, f"{head.value} is given objects by a pipeline, and one script block")
            return ANYTHING
        with self.current(self.element(given)):
            return self.block(positional[0])

    def where(self, head: Node, positional: list[Node], given: Value | None) -> Value:
        self.per_object(head, positional, given)
        if given is None or not positional or len(positional[0].kids) != 1:
            return given or ANYTHING
        (asked,) = positional[0].kids
        if (
            asked.kind == "binary"
            and asked.value in ("-is", "-isnot")
            and (asked.kids[0].kind, asked.kids[0].value) == ("var", "_")
        ):
            type_ = self.type_name(asked.kids[1])
            return of(type_) if asked.value == "-is" else Value(given.types - {type_}, given.many, given.slots)
        return given

    def sort(self, head: Node, positional: list[Node], given: Value | None) -> Value:
        if given is None or positional:
            self.found("commands", head, f"{head.value} is given objects by a pipeline, and sorts by what they are")
        return given or ANYTHING

    def com_object(self, head: Node, named: Bound, positional: list[Node]) -> Value:
        """A COM object: ConstrainedLanguage refuses to make it, and only properties are known of it."""
        self.all(positional)
        argument = named["comobject"][1]
        name = argument.value if argument is not None and argument.kind in ("word", "string") else "(not a plain word)"
        self.blocked(head, f"New-Object -ComObject {name}")
        if name not in allowed.table("allowed")["com"] or len(named) > 1 or positional:
            self.found("read-only", head, f"New-Object -ComObject {name} is not in `com` of {ALLOWED}")
            return ANYTHING
        self.reading.used.add(("com", name))
        self.ask(f"New-Object -ComObject {name}")
        return of(name)

    def new_object(self, head: Node, positional: list[Node], _: Value | None) -> Value:
        if not positional or positional[0].kind != "word":
            self.found("read-only", head, "New-Object takes the name of a type, and arguments")
            return ANYTHING
        self.all(positional[1:])
        type_ = self.type_name(Node("type", positional[0].line, positional[0].value))
        if type_ not in allowed.table("allowed")["new"]:
            self.found(
                "read-only",
                head,
                f"New-Object {type_} is not in `new` of {ALLOWED}",
            )
        self.reading.used.add(("new", type_))
        self.blocked(head, f"New-Object {type_}")
        return of(type_)

    def answer(self, head: Node, command: str, named: Bound, held: dict[str, Value]) -> Value:
        words = {
            parameter: text
            for parameter, (_, argument) in named.items()
            if argument and (text := self.text_of(argument)) is not None
        }
        if command in allowed.table("allowed")["asks"] and command not in _ASK_WITH_A_NAME:
            self.ask(command)
        read: dict[str, Callable[[], Value]] = {
            "Get-CimInstance": lambda: self.instances(head, words),
            "Get-CimAssociatedInstance": lambda: self.associated(head, words, held),
            "Invoke-CimMethod": lambda: self.method(head, words, held),
            "ConvertFrom-Csv": lambda: self.csv(named),
            "Get-ItemProperty": lambda: self.registry(head, words, held, named),
            "Get-ChildItem": lambda: self.keys_below(head, words),
        }
        if command in read:
            return read[command]()
        outputs = {name.lower(): output for name, output in known.objects("outputs").items()}
        for asked in (*(f"{command} -{parameter}" for parameter in named), command):
            if asked.lower() in outputs:
                return of(outputs[asked.lower()])
        message = f"what {command} hands back is not known: say it under `outputs` in {RECORD}/objects.yaml"
        self.found("properties", head, message)
        return ANYTHING

    def csv(self, named: Bound) -> Value:
        """Rows with the columns that -Header names."""
        header = named["header"][1] if "header" in named else None
        return of("row:" + ",".join(word.value.lower() for word in (header.kids if header else ())))

    def instances(self, head: Node, words: dict[str, str]) -> Value:
        name, namespace = words.get("classname", ""), words.get("namespace", r"root\cimv2")
        self.ask(f"Get-CimInstance {name}")
        class_ = known.cim_class(name)
        if class_ is None:
            self.found(
                "cim",
                head,
                f"CIM class {name or '(none)'} is not in {RECORD}/cim.yaml: add its properties and their source",
            )
            return ANYTHING
        if class_["namespace"].lower() != namespace.lower():
            self.found("cim", head, f"{name} is in {class_['namespace']}, not in {namespace}")
        for asked in re.findall(r"(\w+)\s*(?:=|<|>|\bLIKE\b)", words.get("filter", ""), re.IGNORECASE):
            if known.property_of(name, asked) is None:
                self.lacks(head, name, asked)
            if asked in known.objects("localised"):
                self.found(
                    "display-names",
                    head,
                    f"compares {asked}, {COMPARES}",
                )
        return of(name)

    def method(self, head: Node, words: dict[str, str], held: dict[str, Value]) -> Value:
        owner, method = held.get("inputobject", Value()), words.get("methodname", "(not a plain word)")
        value = Value()
        for type_ in sorted(owner.types) or ["?"]:
            name = f"{type_}.{method}"
            self.ask(f"Invoke-CimMethod {name}")
            if name not in allowed.table("allowed")["cim_methods"]:
                self.found(
                    "read-only",
                    head,
                    f"CIM method {name} is not in `cim_methods` of {ALLOWED}",
                )
                continue
            self.reading.used.add(("cim_methods", name))
            signature = ((known.cim_class(type_) or {}).get("methods") or {}).get(method)
            if signature is None:
                self.found(
                    "cim",
                    head,
                    f"CIM method {name} is not in {RECORD}/cim.yaml: add it with its parameters and their source",
                )
                continue
            for argument in (held.get("arguments", Value()).slots or {}).keys() - {
                known_.lower() for known_ in signature["in"]
            }:
                self.found("cim", head, f"CIM method {name} takes no {argument}")
            value |= of(f"{name}()")
        return value

    def associated(self, head: Node, words: dict[str, str], held: dict[str, Value]) -> Value:
        name = words.get("association", "(not a plain word)")
        self.ask(f"Get-CimAssociatedInstance {name}")
        ends = allowed.table("cim")["associations"].get(name, {}).get("ends", ())
        value = Value()
        for type_ in sorted(held.get("inputobject", Value()).types) or ["?"]:
            if type_ not in ends:
                message = (
                    f"CIM association {name} of {type_} is not in {RECORD}/cim.yaml: add its ends and their source"
                )
                self.found("cim", head, message)
                return ANYTHING
            value |= of(next(end for end in ends if end != type_))
        return value

    def registry(self, head: Node, words: dict[str, str], held: dict[str, Value], named: Bound) -> Value:
        path = named["literalpath"][1] if "literalpath" in named else None
        if path is not None and path.kind == "expandable" and path.value.startswith("HKLM:\\"):
            return self.key(head, "registry", "HKLM:\\<asked>")  # which one, the control node says
        listed = sorted(held.get("literalpath", Value()).types)
        if listed and all(type_.startswith("path:") for type_ in listed):
            return Value(frozenset(type_.replace("path:", "registry:", 1) for type_ in listed))
        return self.key(head, "registry", words.get("literalpath", ""))

    def keys_below(self, head: Node, words: dict[str, str]) -> Value:
        return self.key(head, "key", words.get("literalpath", "") + "\\*")

    def key(self, head: Node, kind: str, key: str) -> Value:
        if key not in known.objects("registry"):
            self.found(
                "properties",
                head,
                f"registry key {key!r} is not in {RECORD}/objects.yaml: add the values that are read, and their source",
            )
            return ANYTHING
        return of(f"{kind}:{key}")
