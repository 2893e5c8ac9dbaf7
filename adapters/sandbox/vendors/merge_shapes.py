"""What Merge takes as an application, a person and a file, by its OpenAPI document: every field may be left out."""

from __future__ import annotations

from typing import Final

from adapters.sandbox.shape import anything, boolean, choice, many, nullable, record, text

_MAX_URL_CHARS: Final = 2000
_MAX_EMAIL_CHARS: Final = 254
FILE: Final = record(
    {},
    {
        "file_name": nullable(text()),
        "file_url": nullable(text(longest=_MAX_URL_CHARS)),
        "candidate": nullable(text()),
        "attachment_type": nullable(choice("RESUME", "COVER_LETTER", "OFFER_LETTER", "OTHER")),
        "integration_params": anything(),
        "linked_account_params": anything(),
    },
)
_EMAIL: Final = record(
    {"value": text(longest=_MAX_EMAIL_CHARS)}, {"email_address_type": choice("PERSONAL", "WORK", "OTHER")}
)
_PHONE: Final = record({"value": text()}, {"phone_number_type": choice("HOME", "WORK", "MOBILE", "SKYPE", "OTHER")})
PERSON: Final = record(
    {},
    {
        "first_name": nullable(text()),
        "last_name": nullable(text()),
        "company": nullable(text()),
        "title": nullable(text()),
        "is_private": nullable(boolean()),
        "can_email": nullable(boolean()),
        "locations": many(text()),
        "phone_numbers": many(_PHONE),
        "email_addresses": many(_EMAIL),
        "urls": many(anything()),
        "tags": many(text()),
        "applications": many(anything()),
        "attachments": many(FILE),
        "remote_template_id": text(),
        "integration_params": anything(),
        "linked_account_params": anything(),
    },
)
APPLICATION: Final = record(
    {},
    {
        "candidate": anything(),
        "job": text(),
        "applied_at": nullable(text()),
        "rejected_at": nullable(text()),
        "offers": many(anything()),
        "source": nullable(text()),
        "credited_to": nullable(text()),
        "screening_question_answers": many(anything()),
        "current_stage": nullable(text()),
        "reject_reason": nullable(text()),
        "remote_template_id": text(),
        "integration_params": anything(),
        "linked_account_params": anything(),
    },
)
