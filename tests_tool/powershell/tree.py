"""PowerShell as a tree of a few kinds of nodes, read by tree-sitter: where no `pwsh` is, this is what the proofs see.

Only the part of the language is read that a collector needs. Everything else becomes a node of kind `other`, or `newer`
where Windows PowerShell 5.1 would not parse it, and a proof fails on each. `engine.py` makes the same tree of what
PowerShell's own parser sees, and a test holds the two equal.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import tree_sitter
import tree_sitter_powershell

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
# Operators that Windows PowerShell 5.1 does not know: ?? ??= ?. ?[] && || and the ternary.
_NEWER = re.compile(r"\?\?|\?\.|\?\[|&&|\|\||\s\?(?=\s|$)")
# A list of bare words as an argument (-Header Name, Sid), which tree-sitter-powershell does not know.
_WORDS = re.compile(r"(?:\s*,\s*[A-Za-z_]\w*)+")
# A word that stands for itself; with anything else in it, or a digit first, it should be quoted.
_WORD = re.compile(r"[A-Za-z_/%?*][\w.\\/:*%?-]*")
_KEY = re.compile(r"[A-Za-z_]\w*|'\w+'|\"\w+\"")
_UNSEEN = frozenset(
    {"command_argument_sep", "empty_statement", "comment", ";", ",", "(", ")", "{", "}", "@(", "$(", "@{"}
)


@dataclass(frozen=True)
class Node:
    """A piece of a script: what it is, where it begins, a name or text, and its parts."""

    kind: str
    line: int
    value: str = ""
    kids: tuple["Node", ...] = ()

    def walk(self) -> Iterator["Node"]:
        """The node and all below it, in the order of the text."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(node.kids)

    def shape(self) -> tuple[object, ...]:
        """For comparisons: like tuples, but readable where two differ."""
        return (self.kind, self.line, self.value, *(kid.shape() for kid in self.kids))


# Statements without an error, by kind, text and place: scripts that differ in one of them have the others in common.
_KEPT: dict[tuple[str, bytes, tree_sitter.Point], Node] = {}


@lru_cache(maxsize=8)
def parse(text: str) -> Node:
    """The tree of a script."""
    root = _PARSER.parse(text.encode("utf-8")).root_node
    read = Node("script", 1, "", tuple(_statements(root)))
    if any(part.kind in ("other", "newer") for part in read.walk()):
        return read
    # The parser mends what it cannot read: none of that may go unsaid.
    return Node("script", 1, "", (*read.kids, *(_other(error) for error in _errors(root))))


def _errors(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    if not node.has_error:
        return
    if (node.is_error and not _WORDS.fullmatch(_text(node))) or node.is_missing:
        yield node
    for child in node.children:
        yield from _errors(child)


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode("utf-8")


def _line(node: tree_sitter.Node) -> int:
    return node.start_point.row + 1


def _parts(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    return [child for child in node.children if child.type not in _UNSEEN]


def _other(node: tree_sitter.Node) -> Node:
    trouble = _innermost(node)
    text = _text(node).strip()
    if trouble is not node:
        root = node
        while root.parent:
            root = root.parent
        text = _text(root).split("\n")[trouble.start_point.row].strip()
    return Node("newer" if _NEWER.search(text) else "other", _line(trouble), text)


def _innermost(node: tree_sitter.Node) -> tree_sitter.Node:
    """Where within what could not be read the trouble is: an error may span a whole file."""
    for child in node.children:
        if child.has_error:
            return _innermost(child)
    return node


def _statements(node: tree_sitter.Node) -> Iterator[Node]:
    for child in _parts(node):
        if child.type in ("statement_list", "script_block", "script_block_body"):
            yield from _statements(child)
        elif child.has_error:
            yield _node(child)
        else:
            key = (child.type, child.text or b"", child.start_point)
            if key not in _KEPT:
                _KEPT[key] = _node(child)
            yield _KEPT[key]


def _node(node: tree_sitter.Node) -> Node:
    while node.child_count == 1 and (node.type in _CHAIN or node.type.endswith("_expression")):
        if node.type in _READ and node.type not in _PLAIN:
            break
        node = node.children[0]
    if node.is_error or node.is_missing or any(child.is_error or child.is_missing for child in node.children):
        return _other(node)
    return _READ.get(node.type, _binary)(node)


def _kids(node: tree_sitter.Node) -> tuple[Node, ...]:
    return tuple(_node(child) for child in _parts(node))


# --- statements -----------------------------------------------------------------------------------------------------


def _pipeline(node: tree_sitter.Node) -> Node:
    elements = [child for child in node.children if child.type != "|"]
    if any(child.type == "pipeline_chain_tail" or not child.is_named for child in elements):
        return Node("newer", _line(node), _text(node))
    return Node("pipeline", _line(node), "", tuple(_node(child) for child in elements))


def _chain(node: tree_sitter.Node) -> Node:
    parts = _parts(node)
    if len(parts) == 1:
        return _node(parts[0])
    if any(part.type in ("&&", "||") for part in parts):
        return Node("newer", _line(node), _text(node))
    return _pipeline(node)


def _assign(node: tree_sitter.Node) -> Node:
    left, operator, right = _parts(node)
    return Node("assign", _line(node), _text(operator), (_node(left), _node(right)))


def _body(node: tree_sitter.Node) -> Node:
    return Node("body", _line(node), "", tuple(_statements(node)))


def _if(node: tree_sitter.Node) -> Node:
    clauses = [child for part in _parts(node) for child in ([part] if part.type != "elseif_clauses" else _parts(part))]
    kids: list[Node] = []
    for clause in clauses:
        if clause.type in ("elseif_clause", "else_clause"):
            kids += [_node(part) for part in _parts(clause) if part.type not in ("elseif", "else")]
        elif clause.type != "if":
            kids.append(_node(clause))
    return Node("if", _line(node), "", tuple(kids))


def _foreach(node: tree_sitter.Node) -> Node:
    parts = [part for part in _parts(node) if part.type not in ("foreach", "in")]
    if [part.type for part in parts] != ["variable", "pipeline", "statement_block"]:
        return _other(node)
    variable, over, body = parts
    return Node("foreach", _line(node), _text(variable).removeprefix("$"), (_node(over), _node(body)))


def _try(node: tree_sitter.Node) -> Node:
    kids: list[Node] = []
    for part in _parts(node):
        if part.type == "catch_clauses":
            kids += [Node("catch", _line(c), "", tuple(_catch(c))) for c in _parts(part)]
        elif part.type == "finally_clause":
            kids.append(Node("finally", _line(part), "", tuple(_node(p) for p in _parts(part) if p.type != "finally")))
        elif part.type != "try":
            kids.append(_node(part))
    return Node("try", _line(node), "", tuple(kids))


def _catch(node: tree_sitter.Node) -> Iterator[Node]:
    for part in _parts(node):
        if part.type == "catch_type_list":
            yield from _kids(part)
        elif part.type != "catch":
            yield _node(part)


def _function(node: tree_sitter.Node) -> Node:
    keyword, name, *rest = _parts(node)
    if _text(keyword) != "function":
        return _other(node)
    kids = tuple(_block_parts(rest))
    parameters = tuple(kid for kid in kids if kid.kind == "param")
    body = Node("body", 0, "", tuple(kid for kid in kids if kid.kind != "param"))
    return Node("function", _line(node), _text(name), (*parameters, body))


def _flow(node: tree_sitter.Node) -> Node:
    keyword, *rest = _parts(node)
    return Node(_text(keyword).lower(), _line(node), "", tuple(_node(part) for part in rest))


def _block_parts(parts: list[tree_sitter.Node]) -> Iterator[Node]:
    """Parameters and statements of a script block or function."""
    for part in parts:
        if part.type in ("param_block", "function_parameter_declaration"):
            for inner in _parts(part):
                if inner.type == "parameter_list":
                    yield from (_param(parameter) for parameter in _parts(inner))
                elif inner.type != "param":
                    yield _other(inner)
        elif part.type in ("script_block", "script_block_body", "statement_list"):
            yield from _block_parts(_parts(part))
        else:
            yield _node(part)


def _param(node: tree_sitter.Node) -> Node:
    types: list[Node] = []
    for part in _parts(node):
        if part.type == "attribute_list":
            types += [_type(attribute) for attribute in _parts(part)]
        elif part.type == "variable":
            return (
                Node("param", _line(part), _text(part).removeprefix("$"), tuple(types))
                if part == _parts(node)[-1]
                else _other(node)
            )
    return _other(node)


# --- commands -------------------------------------------------------------------------------------------------------


def _command(node: tree_sitter.Node) -> Node:
    kids: list[Node] = []
    call = ""
    for part in node.children:
        match part.type:
            case "command_invokation_operator":
                call = _text(part)
            case "command_name":
                kids.append(_word(part))
            case "command_name_expr":
                kids += [_name_expression(inner) for inner in _parts(part)]
            case "command_elements":
                _arguments(part, kids)
            case _:
                kids.append(_other(part))
    redirects = sorted((kid for kid in kids if kid.kind == "redirect"), key=lambda kid: kid.value)
    return Node("command", _line(node), call, (*(kid for kid in kids if kid.kind != "redirect"), *redirects))


def _arguments(node: tree_sitter.Node, kids: list[Node]) -> None:
    """Adds what follows the name of a command; `-Name:value` is one argument."""
    after: Node | None = None
    for part in node.children:
        if part.type == "command_argument_sep":
            if ":" in _text(part) and kids and kids[-1].kind == "parameter":
                after = kids.pop()
        elif part.type != "comment":
            argument = _argument(part, kids)
            kids.append(Node("parameter", after.line, after.value, (argument,)) if after else argument)
            after = None


def _name_expression(node: tree_sitter.Node) -> Node:
    parts = _parts(node)
    if node.type == "path_command_name" and len(parts) == 1 and parts[0].type == "variable":
        return _variable(parts[0])
    return _word(node) if node.type in ("command_name", "path_command_name") else _node(node)


def _argument(node: tree_sitter.Node, before: list[Node]) -> Node:
    if node.is_error:
        if _WORDS.fullmatch(_text(node)) and before and before[-1].kind == "word":
            words = [before.pop(), *(Node("word", _line(node), word) for word in re.findall(r"\w+", _text(node)))]
            return Node("list", words[0].line, "", tuple(words))
        return _other(node)
    if node.type == "command_parameter":
        return Node("parameter", _line(node), _text(node).removeprefix("-"))
    read = {"generic_token": _word, "argument_list": _paren_of_arguments, "redirection": _redirection}
    return read.get(node.type, _node)(node)


def _word(node: tree_sitter.Node) -> Node:
    text = _text(node)
    return Node("word", _line(node), text) if _WORD.fullmatch(text) else _other(node)


def _redirection(node: tree_sitter.Node) -> Node:
    (part, *rest) = node.children
    if part.type == "merging_redirection_operator":
        return Node("redirect", _line(node), _text(part).replace(" ", ""))
    target = tuple(_node(inner) for inner in rest for inner in _parts(inner))
    return Node("redirect", _line(node), "file", target)


def _paren_of_arguments(node: tree_sitter.Node) -> Node:
    """`New-Object Some.Type($a, $b)`: to PowerShell a second argument, a list in parentheses."""
    arguments = tuple(_node(inner) for part in _parts(node) for inner in _parts(part))
    inside = arguments[0] if len(arguments) == 1 else Node("list", arguments[0].line if arguments else 0, "", arguments)
    return Node("paren", _line(node), "", (inside,))


# --- expressions ----------------------------------------------------------------------------------------------------


def _binary(node: tree_sitter.Node) -> Node:
    parts = _parts(node)
    if len(parts) == 3 and node.type.endswith("_expression") and node.type != "array_literal_expression":
        left, operator, right = parts
        if not (left.is_error or operator.is_error or right.is_error):
            return Node("binary", _line(node), _text(operator).lower(), (_node(left), _node(right)))
    return _other(node)


def _list(node: tree_sitter.Node) -> Node:
    items = _parts(node)
    return _node(items[0]) if len(items) == 1 else Node("list", _line(node), "", tuple(_node(item) for item in items))


def _unary(node: tree_sitter.Node) -> Node:
    parts = list(node.children)
    if len(parts) == 1:
        return _node(parts[0])
    operator, operand = parts
    if operator.type == ",":
        return Node("list", _line(node), "", (_node(operand),))
    return Node("unary", _line(node), _text(operator).lower(), (_node(operand),))


def _cast(node: tree_sitter.Node) -> Node:
    return Node("cast", _line(node), "", _kids(node))


def _variable(node: tree_sitter.Node) -> Node:
    text = _text(node)
    if not re.fullmatch(r"\$(?:\w+:)?\w+|\$\{[\w:]+\}", text):
        return _other(node)
    return Node("var", _line(node), text.removeprefix("$").strip("{}"))


def _member_name(node: tree_sitter.Node) -> str | None:
    parts = _parts(node)
    return _text(parts[0]) if len(parts) == 1 and parts[0].type == "simple_name" else None


def _member(node: tree_sitter.Node) -> Node:
    parts = _parts(node)
    if len(parts) != 3:
        return _other(node)
    target, operator, member = parts
    name = _member_name(member)
    kind = {".": "member", "::": "static"}.get(_text(operator))
    return _other(node) if name is None or kind is None else Node(kind, _line(node), name, (_node(target),))


def _call(node: tree_sitter.Node) -> Node:
    parts = _parts(node)
    if len(parts) != 4:
        return _other(node)
    target, operator, member, arguments = parts
    name = _member_name(member)
    kind = {".": "call", "::": "staticcall"}.get(_text(operator))
    if name is None or kind is None:
        return _other(node)
    values = tuple(_node(inner) for part in _parts(arguments) for inner in _parts(part))
    return Node(kind, _line(node), name, (_node(target), *values))


def _index(node: tree_sitter.Node) -> Node:
    target, index = (part for part in _parts(node) if part.type not in ("[", "]"))
    return Node("index", _line(node), "", (_node(target), _node(index)))


def _type(node: tree_sitter.Node) -> Node:
    return Node("type", _line(node), re.sub(r"\s", "", _text(node))[1:-1])


def _string(node: tree_sitter.Node) -> Node:
    text = _text(node)
    (inner,) = node.children
    if text[0] not in "'\"" or inner.type not in ("verbatim_string_characters", "expandable_string_literal"):
        return _other(node)
    nested = tuple(
        Node("sub", _line(part), "", tuple(_statements(part))) if part.type == "sub_expression" else _node(part)
        for part in inner.children
        if part.is_named
    )
    value = text[1:-1].replace("''", "'") if text[0] == "'" else text[1:-1]
    return Node("expandable" if nested else "string", _line(node), value, nested)


def _block(node: tree_sitter.Node) -> Node:
    return Node("block", _line(node), "", tuple(_block_parts(_parts(node))))


def _hash(node: tree_sitter.Node) -> Node:
    pairs = []
    for part in _parts(node):
        for entry in _parts(part):
            key, *rest = (inner for inner in _parts(entry) if inner.type != "=")
            values = tuple(_node(inner) for inner in rest)
            known = _KEY.fullmatch(_text(key))
            pairs.append(Node("pair", _line(key), _text(key).strip("'\""), values) if known else _other(key))
    return Node("hash", _line(node), "", tuple(pairs))


def _of(kind: str) -> Callable[[tree_sitter.Node], Node]:
    return lambda node: Node(kind, _line(node), "", tuple(_statements(node)))


def _number(node: tree_sitter.Node) -> Node:
    return Node("number", _line(node), _text(node))


# Kinds that stand for their only part, where they have but one.
_CHAIN = frozenset({"pipeline", "pipeline_chain", "argument_expression"})
_PLAIN = frozenset({"array_literal_expression", "pipeline_chain"})
_READ: dict[str, Callable[[tree_sitter.Node], Node]] = {
    "pipeline_chain": _chain,
    "assignment_expression": _assign,
    "if_statement": _if,
    "foreach_statement": _foreach,
    "try_statement": _try,
    "function_statement": _function,
    "flow_control_statement": _flow,
    "statement_block": _body,
    "command": _command,
    "array_literal_expression": _list,
    "expression_with_unary_operator": _unary,
    "cast_expression": _cast,
    "variable": _variable,
    "member_access": _member,
    "invokation_expression": _call,
    "element_access": _index,
    "type_literal": _type,
    "string_literal": _string,
    "script_block_expression": _block,
    "hash_literal_expression": _hash,
    "array_expression": _of("array"),
    "sub_expression": _of("sub"),
    "parenthesized_expression": _of("paren"),
    "integer_literal": _number,
    "real_literal": _number,
}
