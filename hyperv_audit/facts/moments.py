"""Points in time as PowerShell writes them to JSON: ISO 8601, 5.1's `/Date(milliseconds)/`, or that in a wrapper.

Source of the shapes: PowerShell/PowerShell issues 5797 and 5676.
"""

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import BeforeValidator

_DATE = re.compile(r"/Date\((-?\d{1,15})\)/")
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
