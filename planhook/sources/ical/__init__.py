"""iCalendar, read within bounds: no recurrence is expanded, no time zone of a sender outlives its request.

Of the library icalendar only the table of Windows zones is used. Its components keep every sender's VTIMEZONE
for the life of the process, so that one sender could shift the meetings of another, and its lines turn `%3A`
in an address into `:`.
"""
