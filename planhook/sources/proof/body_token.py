"""A token that the sender repeats inside the JSON body, as Zoho does."""

from dataclasses import dataclass

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import Delivery
from planhook.sources import strict_json
from planhook.sources.proof.scheme import ProofWithoutId, matches_any


@dataclass(frozen=True, kw_only=True)
class BodyTokenProof(ProofWithoutId):
    """The member `token`, and `channel_id` where any is configured; those are case-folded."""

    tokens: tuple[str, ...]
    channel_ids: frozenset[str] | None = None

    def check(self, delivery: Delivery) -> None:
        try:
            body = strict_json.decode(delivery.body)
        except BodyInvalid:
            raise ProofInvalid("the body cannot be read", "proof_unreadable") from None
        token = body.get("token") if isinstance(body, dict) else None
        if not isinstance(token, str):
            raise ProofInvalid("the token is missing", "proof_missing")
        if not matches_any(token.encode(), (each.encode() for each in self.tokens)):
            raise ProofInvalid("the token does not match", "credentials_wrong")
        if self.channel_ids is not None and str(body.get("channel_id")).casefold() not in self.channel_ids:
            raise ProofInvalid("the channel is another one", "other_sender")

    def sign(self, _: Delivery) -> dict[str, str]:
        """Nothing: the body itself must hold the token."""
        return {}
