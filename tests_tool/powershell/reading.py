"""Reads a script as PowerShell would run it, as far as types go: what each expression may hold, what is done with it.

Every property that is read is looked up in the type that the expression before it has; where that type cannot be told,
that is a finding too. What a script does (commands, methods, types) is held to the allow-list on the way.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hyperv_audit.collect import allowed
from tests_tool.powershell import known
from tests_tool.powershell.known import ANYTHING, BOOLEAN, ERROR, HASHTABLE, NUMBER, STRING, Value, of
from tests_tool.powershell.tree import Node

RULES = {
    "ascii": "ASCII only: what arrives is what was sent, whatever the code page",
    "syntax": "Windows PowerShell 5.1 parses it, and it keeps to the part of the language that these proofs understand",
    "commands": "every command and parameter is known for each edition on which the probe runs",
    "properties": "every property that is read exists in the type that the command hands back",
    "cim": "every CIM class, property and method is in the table with its source",
    "dotnet": "every .NET type and member is in .NET Framework 4.6.2",
    "read-only": "only what the allow-list names can run; nothing is written, set or started",
    "language": "a probe marked `constrained` does nothing that ConstrainedLanguage mode blocks",
    "display-names": "no text in the host's language is compared",
    "plain": "a row holds text, numbers and booleans, nothing that PowerShell versions write differently",
    "probes": "every probe is in probes.yaml",
}
PLAIN = frozenset({
    "System.Boolean", "System.Byte", "System.Double", "System.Int16", "System.Int32", "System.Int64", "System.String",
    "System.UInt16", "System.UInt32", "System.UInt64", "System.Collections.Hashtable",
})  # fmt: skip

_COMPARISON = re.compile(r"-[ci]?(?:eq|ne|like|notlike|match|notmatch|contains|notcontains|in|notin|gt|ge|lt|le)")
_BOOLEANS = frozenset({"-is", "-isnot", "-and", "-or", "-xor"})
_STRINGS = frozenset({"-f", "-join", "-replace", "-creplace", "-ireplace"})
# The path of the collector's own folder, and of a file in it.
OWN_PATH = of("OwnPath")
_FILE_IN_IT = re.compile(r"\$\w+\\\w+\.\w+")
SCRIPT_BLOCK = "System.Management.Automation.ScriptBlock"
RECORD = "hyperv_audit/collect/record"
ALLOWED = f"{RECORD}/allowed.yaml, the list of what may run on a host"
FRAMEWORK = "is not in the record of .NET Framework 4.6.2, the oldest of a supported host"
COMPARES = "which is text in the host's language or for display: compare an id, SID or number"


@dataclass(frozen=True)
class Finding:
    """What is wrong, where, by which rule, and what to do."""

    rule: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass
class Reading:
    """What a script was seen to do."""

    place: Callable[[int], str]
    findings: list[Finding] = field(default_factory=list)
    asks: dict[tuple[str, str], list[str]] = field(default_factory=dict)  # by (topic, probe)
    bulk: dict[tuple[str, str], list[str]] = field(default_factory=dict)  # the same, of many objects at once
    used: set[tuple[str, str]] = field(default_factory=set)  # entries of allowed.yaml: (section, name)
    needs_full: set[tuple[str, str]] = field(default_factory=set)  # probes that do what ConstrainedLanguage blocks


class Reader:
    """Statements and expressions; what a command does and hands back is `commands.py`'s."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.functions: dict[str, Node] = {}
        self.variables: dict[str, Value] = {}
        self.blocks: dict[str, Node] = {}
        self.texts: dict[str, str] = {}  # variables that hold one known text: those of a foreach over plain 'texts'
        self.topic = self.probe = ""
        self.shown: dict[tuple[str, str], Value] = {}  # what the rows of each probe hold
        self.in_bulk = False
        self.guarded = False  # inside what runs in FullLanguage only
        self.is_full: set[str] = set()  # variables that say whether the session is in FullLanguage

    # --- findings ---------------------------------------------------------------------------------------------------

    def found(self, rule: str, node: Node, message: str) -> None:
        self.reading.findings.append(Finding(rule, self.reading.place(node.line), message))

    def in_file(self, node: Node, name: str) -> bool:
        return self.reading.place(node.line).rpartition(":")[0].endswith(name)

    def in_bootstrap(self, node: Node) -> bool:
        return self.in_file(node, "bootstrap.ps1")

    def blocked(self, node: Node, what: str) -> None:
        """Something that ConstrainedLanguage mode refuses."""
        if self.guarded:
            return
        self.reading.needs_full.add((self.topic, self.probe))
        if self.probe and allowed.table("probes").get(self.topic, {}).get(self.probe, {}).get("language") == "full":
            return
        where = (
            f"probe {self.topic}.{self.probe} is marked `language: constrained`"
            if self.probe
            else "this is outside of probes"
        )
        self.found(
            "language",
            node,
            f"{what} is blocked in ConstrainedLanguage mode, and {where}: do without it, put it where the language "
            f"mode is known to be FullLanguage, or mark the probe `language: full` in {RECORD}/probes.yaml",
        )

    # --- statements -------------------------------------------------------------------------------------------------

    def all(self, nodes: Iterable[Node]) -> Value:
        value = Value()
        for node in nodes:
            value |= self.value(node)
        return value

    def value(self, node: Node) -> Value:
        """What a node hands back; everything it does is noted on the way."""
        read: Callable[[Node], Value] = getattr(self, f"_{node.kind}", self._other)
        return read(node)

    def _other(self, node: Node) -> Value:
        text = node.value.splitlines()[0][:60] if node.value else node.kind
        self.found(
            "syntax", node, f"not in the PowerShell that collectors are written in: {text!r}. Say it with what they use"
        )
        self.all(node.kids)
        return ANYTHING

    def _newer(self, node: Node) -> Value:
        text = node.value.splitlines()[0][:60]
        self.found(
            "syntax",
            node,
            f"newer than Windows PowerShell 5.1, which does not parse it: {text!r}. Write it with if/else",
        )
        return ANYTHING

    def _pipeline(self, node: Node) -> Value:
        value = Value()
        for number, element in enumerate(node.kids):
            if number and element.kind != "command":
                self.found("syntax", element, "only commands can follow a `|`")
            value = (
                self.command(element, value if number else None) if element.kind == "command" else self.value(element)
            )
        return value

    def _assign(self, node: Node) -> Value:
        target, source = node.kids
        value = self.value(source)
        is_typed = target.kind == "cast"
        if is_typed:
            value = self.cast(target.kids[0], value)
            target = target.kids[1]
        if target.kind == "var" and target.value.lower() == "null":
            return Value()  # thrown away
        if target.kind == "var" and ":" not in target.value:
            name = target.value.lower()
            self.texts.pop(name, None)
            if self.asks_language(source):
                self.is_full.add(name)
            added = node.value == "+="
            self.variables[name] = self.variables[name] | value if added and name in self.variables else value
        elif target.kind in ("member", "index") and HASHTABLE in (held := self.value(target.kids[0])).types:
            self.assign_slot(held, target, value)
        elif target.kind == "static":
            self.assign_static(target)
        elif target.kind == "member" and self.may_set(target):
            self.blocked(target, f"setting {target.value}")
        else:
            what = "sets an environment variable" if target.value.startswith("env:") else "sets what is not its own"
            self.found(
                "read-only",
                target,
                f"this {what} (${target.value}): collectors keep to plain variables and hash tables",
            )
        return Value()

    def assign_slot(self, table: Value, target: Node, value: Value) -> None:
        if table.slots is None:
            return
        if target.kind == "member":
            name = target.value.lower()
            table.slots[name] = table.slots.get(name, Value()) | value
        else:
            self.value(target.kids[1])

    def may_set(self, target: Node) -> bool:
        """Whether this is a property of a COM object that the list lets a script set."""
        names = {f"{type_}.{target.value}" for type_ in self.value(target.kids[0]).types}
        if not names or not names <= set(allowed.table("allowed")["sets"]):
            return False
        self.reading.used |= {("sets", name) for name in names}
        return True

    def assign_static(self, target: Node) -> None:
        name = f"{self.type_name(target.kids[0])}.{target.value}"
        if self.in_bootstrap(target) and name in allowed.table("allowed")["bootstrap"]["sets"]:
            self.reading.used.add(("bootstrap.sets", name))
            self.blocked(target, f"setting [{name}]")
        else:
            self.found("read-only", target, f"this sets [{name}], which is allowed nowhere but in the bootstrap")

    def _if(self, node: Node) -> Value:
        value = Value()
        kids = list(node.kids)
        while len(kids) > 1:
            condition, body = kids[:2]
            kids = kids[2:]
            self.value(condition)
            with self.under(condition):
                value |= self.value(body)
        return value | self.all(kids)

    @contextmanager
    def under(self, condition: Node) -> Iterator[None]:
        """Within a branch: FullLanguage where the condition says so, a variable's type where it is asked for."""
        before = self.guarded
        self.guarded = before or self.asks_language(condition)
        if condition.kind == "binary" and condition.value == "-is" and condition.kids[0].kind == "var":
            name = condition.kids[0].value.lower()
            held = self.variables.get(name, ANYTHING)
            self.variables[name] = of(self.type_name(condition.kids[1]))
            yield
            self.variables[name] = held
        else:
            yield
        self.guarded = before

    def asks_language(self, node: Node) -> bool:
        if node.kind == "var":
            return node.value.lower() in self.is_full
        return (
            node.kind == "binary"
            and node.value == "-eq"
            and (node.kids[1].kind, node.kids[1].value) == ("string", "FullLanguage")
            and any(kid.kind == "member" and kid.value == "LanguageMode" for kid in node.kids[0].walk())
        )

    def _foreach(self, node: Node) -> Value:
        over, body = node.kids
        name = node.value.lower()
        self.variables[name] = self.element(self.value(over))
        if over.kind != "list" or any(kid.kind != "string" for kid in over.kids):
            self.texts.pop(name, None)
            return self.value(body)
        value = Value()
        for text in over.kids:  # once for each text, as it runs
            self.texts[name] = text.value
            value |= self.value(body)
        self.texts.pop(name, None)
        return value

    def element(self, value: Value) -> Value:
        """What a loop or a pipeline makes of it: an element of an array, or of a collection that has an index."""
        for type_ in value.types:
            if (held := known.objects("types").get(type_, {}).get("index")) is not None:
                return of(held)
        return value.one()

    def text_of(self, node: Node) -> str | None:
        """The text that a node is, where that can be told."""
        if node.kind in ("word", "string"):
            return node.value
        return self.texts.get(node.value.lower()) if node.kind == "var" else None

    def _try(self, node: Node) -> Value:
        return self.all(node.kids)

    def _catch(self, node: Node) -> Value:
        for kid in node.kids:
            if kid.kind == "type":
                self.type_name(kid)
        with self.current(ERROR):
            return self.all(kid for kid in node.kids if kid.kind != "type")

    @contextmanager
    def current(self, value: Value) -> Iterator[None]:
        """$_ in a block."""
        before = self.variables.get("_")
        self.variables["_"] = value
        yield
        self.variables.pop("_")
        if before is not None:
            self.variables["_"] = before

    def _function(self, node: Node) -> Value:
        if not self.in_file(node, "prelude.ps1"):
            self.found(
                "read-only", node, "functions are defined in the prelude only: here one could take another's name"
            )
        *parameters, body = node.kids
        for parameter in parameters:
            name = known.objects("functions").get(node.value, {}).get(parameter.value)
            self.variables[parameter.value.lower()] = of(name) if name else self.parameter(parameter)
        self.value(body)
        return Value()

    def parameter(self, node: Node) -> Value:
        if not node.kids:
            return ANYTHING
        type_ = self.type_name(node.kids[0])
        return of(type_ + "[]" * node.kids[0].value.endswith("[]"))

    def _exit(self, node: Node) -> Value:
        if not self.in_bootstrap(node):
            self.found(
                "read-only",
                node,
                "`exit` ends the whole collector: only the bootstrap may. Let the probe end by itself",
            )
        return self.all(node.kids) and Value()

    def _throw(self, node: Node) -> Value:
        """Ends the probe with an error of its own."""
        self.all(node.kids)
        return Value()

    def _body(self, node: Node) -> Value:
        return self.all(node.kids)

    _return = _break = _continue = _throw = _finally = _paren = _sub = _body

    # --- expressions ------------------------------------------------------------------------------------------------

    def _array(self, node: Node) -> Value:
        return self.all(node.kids).all()

    _list = _array

    def _number(self, _: Node) -> Value:
        return NUMBER

    def _string(self, _: Node) -> Value:
        return STRING

    _word = _string

    def _expandable(self, node: Node) -> Value:
        """Text; what lies right in the collector's own folder is known as such."""
        within = self.all(node.kids)
        return within if within.types == OWN_PATH.types and _FILE_IN_IT.fullmatch(node.value) else STRING

    def _block(self, node: Node) -> Value:
        """A block that is kept, or handed to something: whoever runs it, what it does is read."""
        with self.current(ANYTHING):
            self.all(kid for kid in node.kids if kid.kind != "param")
        return of(SCRIPT_BLOCK)

    def _type(self, node: Node) -> Value:
        self.type_name(node)
        return of("System.Type")

    def _hash(self, node: Node) -> Value:
        slots = {}
        for pair in node.kids:
            if pair.kind == "pair":
                slots[pair.value.lower()] = self.all(pair.kids)
                self.is_plain(pair, slots[pair.value.lower()])
            else:
                self.value(pair)
        return Value(frozenset({HASHTABLE}), slots=slots)

    def is_plain(self, node: Node, value: Value) -> None:
        """What goes into a row is what both ConvertTo-Json cmdlets write alike: text, numbers, booleans, tables."""
        if self.probe and (live := sorted(value.types - PLAIN)):
            message = (
                f"{node.value} may be a live {' or '.join(live)}, which PowerShell versions write differently as JSON: "
                "Number for an enum, Text for an id or version, named properties of an object"
            )
            self.found("plain", node, message)

    def _cast(self, node: Node) -> Value:
        return self.cast(node.kids[0], self.value(node.kids[1]))

    def cast(self, type_: Node, value: Value) -> Value:
        if type_.value == "ordered":
            return value
        name = self.type_name(type_)
        if name not in known.objects("core"):
            self.found(
                "read-only",
                type_,
                f"[{type_.value}] is not in `core` of {RECORD}/objects.yaml: convert to plain types only",
            )
            self.blocked(type_, f"the conversion to [{type_.value}]")
        return of(name + "[]" * type_.value.endswith("[]"))

    def _unary(self, node: Node) -> Value:
        value = self.all(node.kids)
        if node.value in ("-not", "!"):
            return BOOLEAN
        if node.value not in ("-join", "-split", "-"):
            self._other(node)
        return STRING if node.value == "-join" else value

    def _binary(self, node: Node) -> Value:
        left, right = (self.value(kid) for kid in node.kids)
        operator = node.value
        if _COMPARISON.fullmatch(operator):
            self.compared(node, left, right)
            return BOOLEAN
        if operator in _BOOLEANS:
            return BOOLEAN
        if operator in _STRINGS:
            return STRING
        if operator == "-split":
            return STRING.all()
        if operator == "-" and "System.DateTime" in left.types:
            return of("System.TimeSpan")
        if operator not in ("+", "-", "*", "/", "%"):
            self._other(node)
        return left

    def compared(self, node: Node, left: Value, right: Value) -> None:
        """No text of another language in a comparison, no name that an enum does not have."""
        localised = known.objects("localised")
        for side in node.kids:
            if side.kind == "member":
                of_row = any(type_.startswith("row:") for type_ in self.value(side.kids[0]).types)
                if side.value in localised or (of_row and side.value in known.objects("localised_rows")):
                    self.found(
                        "display-names",
                        side,
                        f"compares {side.value}, {COMPARES}",
                    )
        for value, other in ((left, node.kids[1]), (right, node.kids[0])):
            for type_ in value.types:
                names = known.enum(type_)
                if names is not None and other.kind == "string" and other.value.lower() not in names:
                    self.found(
                        "properties",
                        other,
                        f"{type_} has no {other.value!r}: compare {', '.join(sorted(names)) or 'its number, as [int]'}",
                    )

    def _var(self, node: Node) -> Value:
        name = node.value.lower()
        if name in self.variables:
            return self.variables[name]
        given = {variable.lower(): type_ for variable, type_ in known.objects("variables").items()}
        if name in given:
            return of(given[name])
        self.found(
            "properties", node, f"nothing gives ${node.value} a value before it is read here: check its spelling, "
            f"or add it to `variables` in {RECORD}/objects.yaml"
        )  # fmt: skip
        return ANYTHING

    def _index(self, node: Node) -> Value:
        target, _ = (self.value(kid) for kid in node.kids)
        return ANYTHING if HASHTABLE in target.types else self.element(target)

    def _member(self, node: Node) -> Value:
        return self.property(node, self.value(node.kids[0]), node.value)

    def property(self, node: Node, owner: Value, name: str) -> Value:
        """What reading a property gives; a finding where no type is known to have it."""
        if name == "PSObject":
            return of("PSObject")
        if name in ("Count", "Length") and owner.many:
            return NUMBER
        if owner.slots is not None and name.lower() in owner.slots:
            return owner.slots[name.lower()]
        value = Value()
        for type_ in sorted(owner.types) or ["anything"]:
            value |= self.of_type(node, type_, name)
        return value

    def of_type(self, node: Node, type_: str, name: str) -> Value:
        if type_ in ("anything", "object"):
            self.found(
                "properties",
                node,
                f"cannot tell what {name} is read from: let it come from a command whose output is known, or name its "
                f"type in {RECORD}/objects.yaml",
            )
            return ANYTHING
        if type_ == "data":  # made from the JSON that our own side sent: what it holds is for our own side to know
            return of("data")
        if type_ == "item":
            return STRING if name in ("VMId", "Id") else self.lacks(node, "what Each is given", name)
        if type_.startswith("row:"):
            return (
                STRING if name.lower() in type_.removeprefix("row:").split(",") else self.lacks(node, "this row", name)
            )
        if name == "Count" and known.property_of(type_, name) is None:
            self.found(
                "properties",
                node,
                "Windows PowerShell 5.1 gives not every single object a Count: put @( ) around what is counted",
            )
            return NUMBER
        held = known.property_of(type_, name)
        return held if held is not None else self.lacks(node, type_, name)

    def lacks(self, node: Node, type_: str, name: str) -> Value:
        rule = "cim" if type_.startswith(("Win32_", "MSFT_", "Msvm_", "MSCluster_")) else "properties"
        self.found(
            rule,
            node,
            f"{type_} has no property {name}: check its spelling in {RECORD}, where each stands with its source",
        )
        return ANYTHING

    def command(self, node: Node, given: Value | None) -> Value:
        """What a command hands back, where a pipeline gives it something or not."""
        raise NotImplementedError

    def _command(self, node: Node) -> Value:
        return self.command(node, None)

    # --- .NET -------------------------------------------------------------------------------------------------------

    def type_name(self, node: Node) -> str:
        name = known.full_name(node.value)
        if name is None:
            self.found(
                "dotnet",
                node,
                f"type [{node.value}] {FRAMEWORK}",
            )
            return node.value
        return name

    def _static(self, node: Node) -> Value:
        return self.static(node, called=False)

    def _staticcall(self, node: Node) -> Value:
        return self.static(node, called=True)

    def static(self, node: Node, *, called: bool) -> Value:
        self.all(node.kids[1:])
        if node.kids[0].kind != "type":
            return self._other(node)
        type_ = self.type_name(node.kids[0])
        name = f"{type_}.{node.value}"
        if node.value.lower() not in known.static_members(type_):
            self.found(
                "dotnet",
                node,
                f"[{type_}]::{node.value} {FRAMEWORK}",
            )
        elif name in allowed.table("allowed")["statics"]:
            self.reading.used.add(("statics", name))
        elif self.in_bootstrap(node) and name in allowed.table("allowed")["bootstrap"]["statics"]:
            self.reading.used.add(("bootstrap.statics", name))
        else:
            self.found(
                "read-only",
                node,
                f"[{type_}]::{node.value} is not in `statics` of {ALLOWED}",
            )
        if type_ not in known.objects("core"):
            self.blocked(node, f"[{type_}]::{node.value}" + "()" * called)
        return known.returned(name) or of(type_)

    def _call(self, node: Node) -> Value:
        owner = self.value(node.kids[0])
        self.all(node.kids[1:])
        if node.value == "ToString":
            return STRING
        value = Value()
        for type_ in sorted(owner.types) or ["anything"]:
            name = f"{type_}.{node.value}"
            if name in allowed.table("allowed")["methods"]:
                self.reading.used.add(("methods", name))
                if node.value.lower() not in known.instance_members(type_) and not known.com_method(name):
                    self.found(
                        "dotnet",
                        node,
                        f"{name}() {FRAMEWORK}",
                    )
            else:
                self.found(
                    "read-only",
                    node,
                    f"method {name}() is not in `methods` of {ALLOWED}",
                )
            if type_ not in known.objects("core"):
                self.blocked(node, f"{name}()")
            value |= known.returned(name) or known.com_method(name) or Value()
        return value
