"""Every metric of the service in one typed list, a sentence each; the only file that imports prometheus_client."""

from __future__ import annotations

from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

GaugeName = Literal[
    "ingest_lag_events",
    "ingest_watermark_age_seconds",
    "ingest_gaps_open",
    "ingest_log_unreachable",
    "eligible_without_delivery",
    "delivery_oldest_age_seconds",
    "deliveries",
    "eligible_undelivered_oldest_age_seconds",
    "gates",
    "gauges_stale",
    "issues_open",
    "outbox_unpublished",
    "outbox_oldest_age_seconds",
    "dead_letters_unreplayed",
    "render_queue",
    "render_slots_free",
    "render_browser_restarts",
    "role",
]
CounterName = Literal[
    "attempts_total", "fenced_out_total", "dead_letters_total", "link_requests_total", "pdfs_not_fetched_total"
]
HistogramName = Literal["render_seconds", "call_seconds", "claim_seconds", "ingest_batch_seconds"]

_GAUGES: Final[dict[GaugeName, tuple[str, tuple[str, ...]]]] = {
    "ingest_lag_events": ("Records in the log that the ledger has not committed.", ("topic",)),
    "ingest_watermark_age_seconds": ("Seconds since a watermark moved or lag was 0.", ()),
    "ingest_gaps_open": ("Offset ranges seen to be skipped and not yet re-read.", ()),
    "ingest_log_unreachable": ("1: the broker does not answer, and lag and gaps say what they said last.", ()),
    "eligible_without_delivery": ("Applications decided CREATE with no delivery row: must be 0.", ()),
    "delivery_oldest_age_seconds": ("Age of the oldest delivery in a state.", ("state",)),
    "deliveries": ("Deliveries in a state.", ("state",)),
    "eligible_undelivered_oldest_age_seconds": ("Age of the oldest delivery that has not ended.", ()),
    "gates": ("Connections whose gate is in a mode.", ("mode",)),
    "gauges_stale": ("1: the ledger does not answer, and the gauges say what they said last.", ()),
    "issues_open": ("Things a person should look at.", ()),
    "outbox_unpublished": ("Results decided and not yet published.", ()),
    "outbox_oldest_age_seconds": ("Age of the oldest of these; 0 where there is none.", ()),
    "dead_letters_unreplayed": ("Refused records that nobody has replayed.", ()),
    "render_queue": ("Renders waiting for a slot.", ()),
    "render_slots_free": ("Warm pages ready to render.", ()),
    "render_browser_restarts": ("How often Chromium was restarted, by reason.", ("reason",)),
    "role": ("1 for each role this process has: where one is in no process, nothing else tells.", ("role",)),
}
_COUNTERS: Final[dict[CounterName, tuple[str, tuple[str, ...]]]] = {
    "attempts_total": ("Attempts at a delivery, by how they ended.", ("vendor", "outcome")),
    "fenced_out_total": ("Outcomes that came after another worker had taken over.", ()),
    "dead_letters_total": ("Records refused, by code.", ("code",)),
    "link_requests_total": ("Requests to the public listener, by how they ended.", ("outcome",)),
    "pdfs_not_fetched_total": ("PDFs let go that their ATS was given a link to and never came for.", ()),
}
_HISTOGRAMS: Final[dict[HistogramName, tuple[str, tuple[str, ...]]]] = {
    "render_seconds": ("One profile, queue included.", ()),
    "call_seconds": ("One call to an ATS.", ("vendor",)),
    "claim_seconds": ("One claim of due deliveries.", ()),
    "ingest_batch_seconds": ("One batch, from first record to commit.", ()),
}


class Metrics:
    """The registry of one process. Labels are states, codes and vendors: never a person, an employer or a key.

    It tells `ats_sync_process_*` too: start time, memory, processor time, open files.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(namespace="ats_sync", registry=self._registry)
        self._gauges = {name: Gauge(f"ats_sync_{name}", *_GAUGES[name], registry=self._registry) for name in _GAUGES}
        self._counters = {
            name: Counter(f"ats_sync_{name}", *_COUNTERS[name], registry=self._registry) for name in _COUNTERS
        }
        self._histograms = {
            name: Histogram(f"ats_sync_{name}", *_HISTOGRAMS[name], registry=self._registry) for name in _HISTOGRAMS
        }

    def set(self, name: GaugeName, value: float, **labels: str) -> None:
        (self._gauges[name].labels(**labels) if labels else self._gauges[name]).set(value)

    def clear(self, name: GaugeName) -> None:
        """Forget every labelled value, so that a state nobody is in any more does not keep its last count."""
        self._gauges[name].clear()

    def count(self, name: CounterName, by: float = 1, **labels: str) -> None:
        (self._counters[name].labels(**labels) if labels else self._counters[name]).inc(by)

    def observe(self, name: HistogramName, seconds: float, **labels: str) -> None:
        (self._histograms[name].labels(**labels) if labels else self._histograms[name]).observe(seconds)

    def text(self) -> bytes:
        """The Prometheus exposition format."""
        return generate_latest(self._registry)
