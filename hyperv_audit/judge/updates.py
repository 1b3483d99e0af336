"""Until when Microsoft makes security updates for a build, where the policy says nothing else.

Of Windows Server 2025 (26100) public sources name different days, so its day is the policy's to say.
"""

import datetime as dt

END_OF_SUPPORT = {
    "14393": dt.date(2027, 1, 12),
    "17763": dt.date(2029, 1, 9),
    "20348": dt.date(2031, 10, 14),
}
A_WEEK = 7
"""Days for which a search for updates counts as fresh."""
