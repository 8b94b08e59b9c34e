"""What people wrote about a meeting, without what calendars add to it."""

import re

# Google fences the address of a video call in, Outlook draws lines around its footer for Teams.
_GOOGLE_FENCE = re.compile(r"-::~[:~]+::-.*?-::~[:~]+::-", re.DOTALL)
_OUTLOOK_LINE = re.compile(r"^_{20,}[ \t\r]*$", re.MULTILINE)
_TEAMS = ("teams.microsoft.com/", "teams.live.com/")


def own_words(description: str) -> str:
    """`description` without Google's fence and Outlook's footer; the address to join is in `meeting.url`."""
    words = _GOOGLE_FENCE.sub("", description)
    before, *after = _OUTLOOK_LINE.split(words)
    kept = [part for part in after if not any(address in part for address in _TEAMS)]
    return (words if len(kept) == len(after) else "".join([before, *kept])).strip()
