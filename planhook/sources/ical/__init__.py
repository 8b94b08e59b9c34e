"""iCalendar, read within bounds: no recurrence is expanded, no time zone of a sender outlives its request.

icalendar's grammar of content lines and its table of Windows zones are used, its components are not: they keep
every sender's VTIMEZONE for the life of the process, so that one sender could shift the meetings of another.
"""
