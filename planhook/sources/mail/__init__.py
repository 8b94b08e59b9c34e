"""Mail that carries invitations, read within bounds.

The standard library reads the headers of each part; the parts are cut apart here, because its parser has no
limit on how deep they nest and how many there are.
"""
