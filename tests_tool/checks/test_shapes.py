"""Windows PowerShell 5.1 and PowerShell 7 write the same thing differently; both load to the same facts.

Shapes from PowerShell/PowerShell issues 5797 and 5676 (dates), 3222, 5579 and 3153 (arrays), 9231 (nothing).
"""

import datetime as dt
import json
from typing import Any

import pytest
from pydantic import Field, ValidationError

from hyperv_audit.collect.evidence import read_topics
from hyperv_audit.facts.enums import EncryptionMethod, OnOff, VMState
from hyperv_audit.facts.moments import Moment
from hyperv_audit.facts.reading import Readings, Row

DAY = dt.datetime(2024, 2, 3, 10, 20, 30, tzinfo=dt.UTC)


class Thing(Row):
    """A row with a field of each kind that is written in more than one way."""

    name: str = Field(alias="Name")
    secure: OnOff = Field(alias="Secure")
    made: Moment = Field(alias="Made")
    parts: list[str] = Field(alias="Parts")
    note: str | None = Field(alias="Note")


PLAIN = {"Name": "O'Brien <co> & Łódź", "Secure": 0, "Made": "2024-02-03T10:20:30Z", "Parts": ["a"], "Note": None}

SHAPES = {
    "escapes of 5.1": '{"Name":"O\\u0027Brien \\u003cco\\u003e \\u0026 \\u0141\\u00f3d\\u017a"}',
    "date of 5.1": '{"Made":"\\/Date(1706955630000)\\/"}',
    "date of Get-Date": '{"Made":{"value":"\\/Date(1706955630000)\\/","DisplayHint":2,"DateTime":"Samstag"}}',
    "date with ticks": '{"Made":"2024-02-03T10:20:30.0000000Z"}',
    "date of another zone": '{"Made":"2024-02-03T11:20:30+01:00"}',
    "wrapped array": '{"Parts":{"value":["a"],"Count":1}}',
    "enum by name": '{"Secure":"On"}',
    "nothing of 5.1": '{"Note":{}}',
}


def load(document: str) -> tuple[Thing, ...]:
    topics = read_topics(json.loads(document))
    seen = topics
    return Readings(seen).rows("session.things", Thing)


def document(rows: Any, errors: str = "[]") -> str:
    return f'{{"session":{{"data":{{"things":{rows}}},"errors":{errors},"seconds":0.1}}}}'


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_value_means_the_same_in_every_shape(shape: str) -> None:
    row = json.dumps(PLAIN | json.loads(shape))
    thing = Thing(name="O'Brien <co> & Łódź", secure=OnOff.ON, made=DAY, parts=["a"], note=None)
    assert load(document(f"[{row}]")) == (thing,)


@pytest.mark.parametrize(
    ("rows", "count"),
    [("[]", 0), ("{}", 0), ("null", 0), (json.dumps(PLAIN), 1), (json.dumps([PLAIN, PLAIN]), 2)],
    ids=["empty list", "nothing of 5.1", "nothing of 7", "one, unrolled", "two"],
)
def test_a_list_is_a_list_in_every_shape(rows: str, count: int) -> None:
    assert len(load(document(rows))) == count


@pytest.mark.parametrize("errors", ["[]", "{}", "null", '{"value":[],"Count":0}'])
def test_no_errors_are_none_in_every_shape(errors: str) -> None:
    assert len(load(document(json.dumps([PLAIN]), errors))) == 1


@pytest.mark.parametrize(
    ("enum", "name", "member"),
    [
        (OnOff, "Off", OnOff.OFF),
        (VMState, "RunningCritical", VMState.RUNNING_CRITICAL),
        (EncryptionMethod, "XtsAes256", EncryptionMethod.XTS_AES_256),
    ],
)
def test_an_enum_may_come_by_its_name(enum: type[OnOff], name: str, member: OnOff) -> None:
    class One(Row):
        value: enum  # type: ignore[valid-type] # the enum is the parameter of this test

    assert One.model_validate({"value": name}).value is member


@pytest.mark.parametrize("value", [False, "0", "an", "", 0.0, [0], {"value": 0}])
def test_what_is_no_number_and_no_name_is_no_enum(value: object) -> None:
    with pytest.raises(ValidationError):
        Thing.model_validate(PLAIN | {"Secure": value})


@pytest.mark.parametrize("value", [1706955630000, "yesterday", "2024-02-03T10:20:30", "/Date(99999999999999999)/", []])
def test_what_is_no_date_is_none(value: object) -> None:
    with pytest.raises(ValidationError):
        Thing.model_validate(PLAIN | {"Made": value})
