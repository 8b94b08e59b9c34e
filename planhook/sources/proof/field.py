"""The key `verify` of a source."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load, validate

from planhook.sources.proof.credential import BasicSchema, BearerSchema, HeaderSchema, NoneSchema
from planhook.sources.proof.scheme import Proof
from planhook.sources.proof.signature import HmacSchema
from planhook.sources.proof.standard_webhooks import StandardWebhooksSchema
from planhook.sources.schema import Flag, Keys, did_you_mean

SCHEMES: Mapping[str, type[Schema]] = {
    "hmac": HmacSchema,
    "standard-webhooks": StandardWebhooksSchema,
    "bearer": BearerSchema,
    "basic": BasicSchema,
    "header": HeaderSchema,
    "none": NoneSchema,
}
_NAMES = tuple(SCHEMES)


class ProofField(fields.Field[Proof]):
    """A map with `scheme` and that scheme's keys. Loads to a Proof."""

    default_error_messages = {"required": "is missing: say how deliveries prove where they come from"}  # noqa: RUF012

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Proof:
        if not isinstance(value, Mapping):
            raise ValidationError("must be a map with the key scheme")
        scheme = value.get("scheme")
        if scheme is None:
            if written := next((key for key, each in value.items() if key == "type" or each in _NAMES), None):
                raise ValidationError({written: ["there is no such key (did you mean scheme?)"]})
            raise ValidationError({"scheme": [f"is missing; known: {', '.join(sorted(SCHEMES))}"]})
        if not isinstance(scheme, str) or scheme not in SCHEMES:
            raise ValidationError({"scheme": [did_you_mean(scheme, SCHEMES)]})
        keys = {key: each for key, each in value.items() if key != "scheme"}
        proof: Proof = SCHEMES[scheme]().load(keys)
        return proof


class ProvenKeys(Keys):
    """The keys of a kind that takes any scheme. `allow_unverified` may stand beside `verify`, in it, or alone."""

    verify = ProofField(required=True)
    allow_unverified = Flag(
        validate=validate.Equal(False, error="goes with the scheme none only; remove it, or the verify beside it")
    )

    @pre_load
    def move_allowance(self, data: Mapping[str, Any], **_: Any) -> Mapping[str, Any]:
        """Put `allow_unverified` into the `verify` that it is about."""
        allowed = data.get("allow_unverified")
        verify = data.get("verify", {"scheme": "none"} if allowed is True else None)
        if allowed is not None and not isinstance(allowed, bool):
            raise ValidationError("must be true or false", "allow_unverified")
        if allowed is None or not isinstance(verify, Mapping) or verify.get("scheme") != "none":
            return data
        rest = {key: value for key, value in data.items() if key != "allow_unverified"}
        return {**rest, "verify": {"allow_unverified": allowed, **verify}}
