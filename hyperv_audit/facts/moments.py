"""Points in time as PowerShell writes them to JSON: ISO 8601, 5.1's `/Date(milliseconds)/`, or that in a wrapper.

Source of the shapes: PowerShell/PowerShell issues 5797 and 5676.
"""

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import BeforeValidator

_DATE = re.compile(r"/Date\((-?\d{1,15})\)/")
_DAYS = (
    re.compile(r"(?P<month>\d\d)/(?P<day>\d\d)/(?P<year>\d{4}) \d\d:\d\d:\d\d$"),
    re.compile(r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)\d{6}\.[\d*]{6}[+-][\d*]{3}$"),
)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def read_moment(value: Any) -> dt.datetime | None:
    """A point in time, or None for nothing. Raises ValueError for anything that is neither."""
    match value:
        case None:
            return None
        case dt.datetime():
            moment = value
        case {"value": str() as wrapped, "DateTime": str()}:
            return read_moment(wrapped)
        case str() if found := _DATE.fullmatch(value):
            try:
                return _EPOCH + dt.timedelta(milliseconds=int(found[1]))
            except OverflowError as error:
                raise ValueError("a date beyond the calendar") from error
        case str():
            # .NET writes seven digits behind the second; Python reads six.
            moment = dt.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value))
        case _:
            raise ValueError("expected a date")
    if moment.tzinfo is None:
        raise ValueError("a date without its zone")
    return moment.astimezone(dt.UTC)


Moment = Annotated[dt.datetime | None, BeforeValidator(read_moment)]


def read_day(text: str | None) -> dt.date | None:
    """The day of a date that PowerShell put into text, `03/02/2026 00:00:00` in every culture, or of a DMTF date.

    None for anything else: where a day is only text, nothing may depend on its being there.
    """
    for form in _DAYS:
        if found := form.match(text or ""):
            try:
                return dt.date(int(found["year"]), int(found["month"]), int(found["day"]))
            except ValueError:
                return None
    return None
