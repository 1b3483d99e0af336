"""A file against its pydantic model: every mistake at once, each with its line and in words for an administrator."""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from hyperv_audit.inventory.document import Document, Location, Problem, is_secret, plain, refuse, shown

Model = TypeVar("Model", bound=BaseModel)


def refusal(what: str, advice: str = "") -> PydanticCustomError:
    """What a validator of a model raises: the message is ours, and shows no value."""
    return PydanticCustomError("refused", "{what}", {"what": what, "advice": advice})


def without_null(schema: dict[str, Any]) -> None:
    """Say in a model's JSON Schema that a key may be left out, but not be left empty."""
    for key in schema.get("properties", {}).values():
        if key.get("default", ...) is None:
            del key["default"]
        choices = [choice for choice in key.get("anyOf", ()) if choice != {"type": "null"}]
        if len(choices) == 1:
            del key["anyOf"]
            key.update(choices[0])


class Strict(BaseModel):
    """A part of a configuration file: no unknown keys, no guessed types, no key without a value."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        json_schema_extra=without_null,
    )

    @field_validator("*", mode="before")
    @classmethod
    def has_a_value(cls, value: Any) -> Any:
        """Refuse `key:` with nothing behind it; the reader cannot know what it was meant to do."""
        if value is None:
            raise refusal("has no value", "give it one, or delete the line")
        return value


def validated(document: Document, model: type[Model]) -> Model:
    """The document as `model`; raises an InventoryError that tells all problems of the file."""
    problems = list(document.problems)
    try:
        result = model.model_validate(document.data)
    except ValidationError as error:
        problems += _problems(document, model.model_json_schema(), error.errors(include_url=False, include_input=False))
    if problems:
        refuse(document.path, problems)
    return result


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """A question with the nearest of `choices`, or nothing."""
    spelled = {choice.casefold(): choice for choice in choices}
    near = get_close_matches(word.casefold(), spelled, n=1)
    return f"did you mean {spelled[near[0]]!r}?" if near else ""


_REFERENCE_ADVICE = (
    "delete it, and change it if others can read this file; write where the password is found: "
    "password_env: NAME, keyring: SERVICE or prompt: true"
)
UNVERIFIED = re.compile(r"verif|validat|insecure|cert_?check|ignore.*cert|no_?ssl", re.IGNORECASE)
"""A key that asks for trust without proof; there is no such option."""
VERIFIED_ADVICE = "the host's certificate is always verified; for an authority of your own, name its file: ca_file"


def _problems(document: Document, schema: dict[str, Any], details: list[ErrorDetails]) -> Iterator[Problem]:
    refused = [(document.known(detail["loc"]), detail) for detail in details]
    secrets = _secrets_in(document, {place for place, _ in refused if place})
    yield from (_secret(document, place) for place in secrets)
    yield from (_problem(document, schema, place, detail) for place, detail in refused if place not in secrets)


def _secrets_in(document: Document, places: set[Location]) -> set[Location]:
    """The keys for secrets at or below what was refused. A valid key is none, such as a group named top-secret."""
    return {
        location
        for location in document.lines
        if location
        and is_secret(str(location[-1]))
        and any(location[:depth] in places for depth in range(1, len(location) + 1))
    }


def _secret(document: Document, location: Location) -> Problem:
    what = f"{_path(location)}: a file of the audit holds no secrets"
    return Problem(document.line(location), what, _REFERENCE_ADVICE)


def _problem(document: Document, schema: dict[str, Any], location: Location, detail: ErrorDetails) -> Problem:
    line = document.line(location)
    if detail["type"] == "extra_forbidden":
        return _unknown_key(location, line, schema)
    what, advice = _in_words(document, location, detail)
    return Problem(line, f"{_path(location)}: {what}" if location else what, advice)


def _unknown_key(location: Location, line: int, schema: dict[str, Any]) -> Problem:
    *around, key = location
    where = f"{_path(around)}: " if around else ""
    what = f"{where}unknown key {shown(key)}"
    if UNVERIFIED.search(str(key)):
        return Problem(line, what, VERIFIED_ADVICE)
    keys = _keys_at(schema, tuple(around))
    return Problem(line, what, f"{did_you_mean(str(key), keys)} keys here: {', '.join(keys)}".lstrip())


_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "date_type": "a date",
    "list_type": "a list",
    "dict_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
    "union_tag_not_found": "a list of names, or a mapping of names to variables",
}
_FOUND = {dict: "a mapping", list: "a list", str: "text", bool: "true/false", type(None): "nothing"}


def _in_words(document: Document, location: Location, detail: ErrorDetails) -> tuple[str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "refused":
        return context["what"], context["advice"]
    if kind == "missing":
        return f"key {shown(detail['loc'][-1])} is missing", ""
    if kind in _EXPECTED:
        found = _value_at(document.data, location)
        advice = "put it in quotes" if kind == "string_type" and not isinstance(found, dict | list | None) else ""
        return f"expected {_EXPECTED[kind]}, found {_FOUND.get(type(found), 'a number or date')}", advice
    return detail["msg"].removeprefix("Input ").removeprefix("String ").replace("True", "true"), ""


def _value_at(data: Any, location: Location) -> Any:
    for step in location:
        data = data[step]
    return data


def _path(location: Iterable[str | int]) -> str:
    """`hosts.hv01.port`, as a message names a place."""
    return ".".join(plain(step) for step in location)


def _keys_at(schema: dict[str, Any], location: Location) -> list[str]:
    """The keys that may stand at `location`, read from the model's own JSON Schema."""
    places = list(_variants(schema, schema))
    for step in location:
        places = [inner for place in places for below in _below(place, step) for inner in _variants(below, schema)]
    return sorted({key for place in places for key in place.get("properties", {})})


def _below(place: dict[str, Any], step: str | int) -> Iterator[dict[str, Any]]:
    if isinstance(step, int):
        yield place.get("items", {})
    elif step in place.get("properties", {}):
        yield place["properties"][step]
    else:
        yield from place.get("patternProperties", {}).values()


def _variants(place: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """`place` itself, or what it refers to, or each of its alternatives."""
    if "$ref" in place:
        yield from _variants(schema["$defs"][place["$ref"].rpartition("/")[2]], schema)
    elif choices := place.get("anyOf") or (None if "properties" in place else place.get("oneOf")):
        for choice in choices:
            yield from _variants(choice, schema)
    else:
        yield place
