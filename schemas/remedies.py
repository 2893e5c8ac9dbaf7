"""What a code or a hold says to a person, and what to do about it; a test holds that each of them has words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from schemas.words import Reason

_RETRY: Final = "then `ats-sync deliveries retry KEY`"
_LOOK: Final = (
    "look for the candidate in the ATS; there: `ats-sync deliveries found KEY`; surely not there: "
    "`ats-sync deliveries retry KEY`"
)
_PLACE: Final = re.compile(r"\b(?:ID|NAME|JOB|KEY|TWIN)\b")
_RELEASE: Final = "`ats-sync holds release ID`"
_BY_ITSELF: Final = "It goes by itself then"

REMEDIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # what an ATS refuses, or would refuse
        "refused": f"The ATS refused it and did not say why in a way we know: look at the attempt's text, {_RETRY}.",
        "invalid": f"The ATS found something in the candidate or the job link invalid: correct it, {_RETRY}.",
        "not_found": f"The ATS does not know what we named, most often the job: compare the job link, {_RETRY}.",
        "gone": f"What we named was removed from the ATS: link the job again, {_RETRY}.",
        "conflict": "The ATS says that it conflicts with what is there: look at the candidate in the ATS.",
        "redirected": f"The ATS answered from another address: correct the connection's base URL, {_RETRY}.",
        "too_large": f"The ATS found the PDF too large: ask the candidate for a smaller resume, {_RETRY} --rerender.",
        "pdf_too_large": "The PDF is larger than this ATS takes: ask the candidate for a smaller resume.",
        "blocked": f"The record waits for an approval or review in the ATS: the employer ends it there, {_RETRY}.",
        "already_applied": (
            "The candidate is on this job already by another way, and this ATS takes no PDF afterwards: "
            "send the PDF to the employer, or leave it."
        ),
        "pdf_not_attachable": (
            "The candidate is on this job already, and this ATS takes a PDF only with a new application: "
            "send the PDF to the employer, or leave it."
        ),
        "unknown_source": (
            "The ATS has no source of the id we named: compare it with the ATS in the connection's credentials, "
            f"{_RETRY}."
        ),
        "no_member": (
            "This ATS takes a later PDF only in the name of one of its users, and none can be seen: "
            f"add member_id to the connection's credentials, or let the token read members, {_RETRY}."
        ),
        "file_not_fetched": (
            "The ATS could not fetch the PDF from the address we gave: see that it can reach our public address, "
            f"{_RETRY}."
        ),
        # what we do not send
        "bad_address": "An address the ATS gave is not one we may call: tell the engineers.",
        "bad_job_id": f"The job link is not of the form this ATS uses: link the job again, {_RETRY}.",
        "bad_candidate_id": "The ATS gave an id of a form it should not use: tell the engineers.",
        "bad_application_id": "The ATS gave an id of a form it should not use: tell the engineers.",
        "missing_name": f"This ATS needs a last name: ask the candidate, {_RETRY}.",
        "missing_email": "This ATS needs an e-mail address: it goes by itself once the candidate has one.",
        "email_too_long": f"The e-mail address is longer than this ATS takes: ask the candidate for another, {_RETRY}.",
        "missing_required_phone": "This ATS needs a phone number: it goes by itself once the candidate has one.",
        "no_pdf": "The delivery has no PDF: a fault of ours; tell the engineers.",
        "no_public_url": (
            "This ATS fetches the PDF from an address of ours, and none is set that it can reach: "
            f"give the service a public address, {_RETRY}."
        ),
        "artifact_missing": f"The rendered PDF is gone from the store: {_RETRY.removeprefix('then ')} --rerender.",
        "not_placed": "An update came before the application it belongs to: a fault of ours; tell the engineers.",
        "pdf_not_fetched": (
            "The ATS was given a link to the PDF and never came for it: if it has no PDF there, attach it by hand."
        ),
        # how a delivery ends without a refusal
        "expired": f"It waited longer than we keep trying: see why in its attempts, {_RETRY}.",
        "gave_up": f"Every attempt failed without an answer: see whether the ATS is well, {_RETRY}.",
        "no_lookup": f"It may have arrived, and this ATS cannot be asked: {_LOOK}.",
        "cannot_tell": f"It may have arrived, and the ATS did not tell us: {_LOOK}.",
        "key_window": f"It may have arrived so long ago that the ATS would take a repeat for new: {_LOOK}.",
        "ambiguous_delivery": f"It may have arrived, and nobody can tell: {_LOOK}.",
        "job_closed": (
            "The job takes no applications in the ATS: once it does again, "
            "`ats-sync connection reopen-job NAME JOB` lets it go on, or a `jobs` record that says open."
        ),
        "connection_down": (
            "The connection is paused: `ats-sync connection show NAME` says why; after the fix, "
            "`ats-sync connection resume NAME`."
        ),
        "erasure_incomplete": (
            "The ATS may still have somebody who asked to be forgotten: have the employer remove them, "
            "then `ats-sync deliveries found KEY`."
        ),
        "content_unreadable": "What upstream published of it cannot be read: ask them to publish it again.",
        "render_crashes": "Rendering its profile ended the process again and again: tell the engineers.",
        "unauthorized": (
            "The ATS no longer accepts the connection's credentials or permissions: renew them, "
            "then `ats-sync connection resume NAME`."
        ),
        "config_error": "The connection's settings cannot be used: `ats-sync connection check NAME` says why.",
    }
)


# What to do about an application that waits or is not sent, by the reason of its decision.
HOLDS: Final[Mapping[Reason, str]] = MappingProxyType(
    {
        "awaiting_new": f"{_BY_ITSELF}.",
        "awaiting_engaged": f"{_BY_ITSELF}.",
        "passive_awaiting_screening": f"{_BY_ITSELF}; {_RELEASE} sends it without.",
        "gate_skipped": f"Nothing more will come by itself: {_RELEASE} sends it.",
        "job_not_linked": f"Link job JOB to the ATS's own in FactoryFix. {_BY_ITSELF}.",
        "job_closed": f"Open job JOB again in FactoryFix. {_BY_ITSELF}.",
        "job_archived": f"Open job JOB again in FactoryFix. {_BY_ITSELF}.",
        "redirect_mode": "Nothing is to be done: candidates of this employer apply on the ATS's own page.",
        "no_connection": f"Set one up: `ats-sync connection apply FILE`. {_BY_ITSELF}.",
        "connection_down": "`ats-sync connection show NAME` says why; then `ats-sync connection resume NAME`.",
        "missing_name": f"Have the candidate's profile in FactoryFix completed. {_BY_ITSELF}.",
        "missing_email": f"Have the candidate's profile in FactoryFix completed. {_BY_ITSELF}.",
        "missing_required_phone": f"Have the candidate's profile completed; {_RELEASE} sends it without.",
        "awaiting_resume": f"It goes by itself, at the latest when the wait ends; {_RELEASE} sends it now.",
        "awaiting_assessment": f"It goes by itself, at the latest when the wait ends; {_RELEASE} sends it now.",
        "facts_incomplete": "Nothing is to be done for some minutes; then ask upstream whether it published all of it.",
        "unknown_source": "Upstream used a word this version does not know: tell the engineers.",
        "unknown_status": f"Upstream used a word this version does not know: tell the engineers. {_RELEASE} sends it.",
        "withdrawn": "Nothing is to be done: the candidate does not want it.",
        "rejected_before_sync": f"Nothing is to be done; {_RELEASE} sends it all the same.",
        "erased": "Nothing is to be done, nor can be.",
        "backfill_approval": (
            f"{_RELEASE} sends this one, `ats-sync holds release --reason backfill_approval --job JOB` the whole job's."
        ),
        "surge_brake": f"It goes by itself as the hour's number allows; {_RELEASE} sends it now.",
        "ambiguous_delivery": f"Compare it with application TWIN: two people: {_RELEASE}; one: nothing is to be done.",
    }
)


def filled(words: str, **known: str | None) -> str:
    """The commands as they can be typed: what is known stands where the words leave a place for it."""
    return _PLACE.sub(lambda found: known.get(found[0]) or found[0], words)


def meaning_of(code: str | None, **known: str | None) -> str | None:
    """`filled` with what is known; None where there is no code, or none of a delivery (a render's: docs/runbook)."""
    words = REMEDIES.get(code or "")
    return words and filled(words, **known)
