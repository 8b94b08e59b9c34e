"""Texts as Redis keeps them: JSON of events and plans takes a third of its size, for some microseconds.

Redis writes every byte to its disk before a sender hears "accepted", so what is small is also fast.
"""

import zlib

_MARK = b"\x01"  # begins no JSON; another dictionary gets another mark, as stored texts need theirs for ever
_DICTIONARY = (
    b'","reason":"update","complete","cancel",null,"shadow"],false,["listens to meeting.scheduled; this event is '
    b'deal.updated"],null,"live"],["true,["listens to deal.won without a condition"],null,"live"]],"operations":[['
    b'"","create","s:","description":"startTime":"endTime":"mainType":"task","companyId":"srcid-","action":"'
    b'{"version":"","decisions":[["},"properties":{"},"url":"https://","pipeline":"currency":"EUR","closed_at":"'
    b'"attendees":[{"email":"@","name":"","response":"accepted"}],"domains":["organizer":{"email":"},"meeting":{"id":"'
    b'"title":"","start":"","end":"","all_day":false,"timezone":"","location":"","status":"confirmed"'
    b'"changes":{"stage":{"from":"","to":""}},"deal":{"id":"","name":"","stage":"","amount":,"company_id":"'
    b'company_name":"owner_id":"owner_email":"status":"open"},"payload":{"type":"event","created_at":"updated_at":"'
    b'"data":{"object":{"id":"{"id":"evt_","source":"crm","type":"deal.updated","types":["meeting.scheduled","deal.won'
    b'","deal.stage_changed","deal.updated"],"occurred_at":"2026-01-02T00:00:00.000Z","received_at":"2026-01-02T00:00'
    b':00.000Z","order":[17,0],"sequence":0,"sender_id":"'
)
_LARGE = 2_000  # bytes from which a wider window pays
_LEVEL = 6


def pack(text: str) -> bytes:
    """`text` in few bytes; `unpack` gives it back."""
    content = text.encode()
    window, memory = (10, 2) if len(content) < _LARGE else (14, 6)
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -window, memory, zlib.Z_DEFAULT_STRATEGY, _DICTIONARY)
    return _MARK + packer.compress(content) + packer.flush()


def unpack(stored: bytes) -> str:
    """The text of `stored`, which may be plain as well. Raises ValueError when it is neither."""
    if stored[:1] != _MARK:
        return stored.decode()
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS, _DICTIONARY)
    try:
        content = unpacker.decompress(stored[1:]) + unpacker.flush()
    except zlib.error as fault:
        raise ValueError(f"a packed text cannot be read: {fault}") from None
    if not unpacker.eof:
        raise ValueError("a packed text has lost its end")
    return content.decode()
