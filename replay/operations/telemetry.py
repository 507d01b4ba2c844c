"""The figures as OpenTelemetry metrics, sent by OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp/).

Where to, with which headers, the standard variables say as well (`OTEL_EXPORTER_OTLP_ENDPOINT`, …).
"""

import logging
import re
from collections.abc import Callable, Iterable
from typing import ClassVar
from urllib.parse import urlsplit

from capture.errors import AwayError, BadInputError
from capture.printable import printable
from capture.secrets.addresses import without_credentials
from replay.operations.counting import Figures

INSTALL = "OpenTelemetry needs its SDK; install it with `pip install 'replaybook[telemetry]'`"
TIMEOUT_MS = 10_000
"""For how long a collector may take."""
_ERRNO = re.compile(r"""\[Errno -?\d+\] ([^"')]+)""")
"""What the system said, in the words of the libraries between."""
_LONGEST = 300
"""Characters of a reason."""

try:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.metrics import CallbackOptions, Observation
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExportResult
    from opentelemetry.sdk.resources import Resource
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "opentelemetry":
        raise
    raise BadInputError(INSTALL) from error


def send(figures: Figures, endpoint: str, *, version: str) -> None:
    """Send them once.

    Args:
        figures: As counted now.
        endpoint: The collector, as `http://localhost:4318`.
        version: Of the program.

    Raises:
        BadInputError: It is no address.
        AwayError: The collector is not there, or said no.
    """
    url, shown = _metrics_url(endpoint), printable(without_credentials(endpoint))
    asked = urlsplit(endpoint).query
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], resource=Resource.create({"service.name": "replaybook"}), shutdown_on_exit=False)
    _observe(provider, figures, version)
    exporter = OTLPMetricExporter(endpoint=url, timeout=TIMEOUT_MS / 1000)
    hearing = _Hearing(asked)
    try:
        data = reader.get_metrics_data()
        with hearing:
            sent = data is not None and exporter.export(data, timeout_millis=TIMEOUT_MS) is MetricExportResult.SUCCESS
    finally:
        exporter.shutdown()
        provider.shutdown()
    if not sent:
        raise AwayError(
            f"{shown} did not take the metrics: {hearing.reason}; look at the collector's log, or give another --otlp"
        )


class _Hearing(logging.Handler):
    """What the SDK logs of a failure is its reason, said in its error's words and not past it on stderr."""

    UNTOLD: ClassVar = "it does not say why"

    def __init__(self, asked: str) -> None:
        super().__init__(logging.WARNING)
        self._asked = asked
        self.reason = self.UNTOLD
        self._logger = logging.getLogger("opentelemetry")

    def __enter__(self) -> None:
        self._logger.addHandler(self)
        self._before, self._logger.propagate = self._logger.propagate, False

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
        self._logger.propagate = self._before

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the first reason: those behind it only say that it was tried again."""
        if self.reason == self.UNTOLD:
            said = record.getMessage()
            if why := _ERRNO.search(said):
                said = why[1]
            # It tells the path with all that was asked there, without the address before it.
            said = said.replace(self._asked, "…") if self._asked else said
            self.reason = printable(without_credentials(said))[:_LONGEST]


def _metrics_url(endpoint: str) -> str:
    """Where metrics go below an endpoint.

    Raises:
        BadInputError: It is no address of http.
    """
    try:
        parts = urlsplit(endpoint)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise BadInputError(
            f"{printable(without_credentials(endpoint))} is no collector; give an address as http://localhost:4318"
        )
    return parts._replace(path=f"{parts.path.rstrip('/')}/v1/metrics").geturl()


def _observe(provider: MeterProvider, figures: Figures, version: str) -> None:
    meter = provider.get_meter("replaybook", version)

    def gauge(name: str, told: str, points: Iterable[tuple[float | None, dict[str, str]]], unit: str = "1") -> None:
        meter.create_observable_gauge(name, [_told(points)], unit, told)

    def counter(name: str, told: str, points: Iterable[tuple[float | None, dict[str, str]]]) -> None:
        meter.create_observable_counter(name, [_told(points)], "1", told)

    gauge("replaybook.runs", "Recordings, by how they ended", _by("status", figures.runs))
    gauge("replaybook.versions", "Playbook versions, by where they stand", _by("status", figures.versions))
    gauge("replaybook.repairs", "Repairs, by where they stand", _by("status", figures.repairs))
    counter("replaybook.replays", "Replays, by mode and how they ended", _grouped("mode", "status", figures.replays))
    counter(
        "replaybook.validations",
        "Validations in a shadow, by its level and what they came to",
        _grouped("level", "verdict", figures.validations),
    )
    counter(
        "replaybook.divergences", "Replays outside of shadows that stopped, by class", _by("class", figures.divergences)
    )
    gauge("replaybook.unreadable_replays", "Replays whose class can't be read", [(figures.unreadable, {})])
    gauge(
        "replaybook.success_ratio",
        "Of the replays that were judged, the share that passed",
        [(figures.success_ratio, {})],
    )
    gauge("replaybook.inbox.waiting", "Repairs that wait for a person", [(figures.inbox_waiting, {})])
    gauge("replaybook.inbox.oldest", "How long the oldest has waited", [(figures.inbox_oldest_s or 0.0, {})], "s")
    gauge("replaybook.audit.entries", "Decisions in the log", [(figures.audit_entries, {})])
    waited = meter.create_histogram("replaybook.review", "s", "From a repair's proposal until a person's first word")
    for seconds in figures.review_s:
        waited.record(seconds)


def _told(points: Iterable[tuple[float | None, dict[str, str]]]) -> Callable[[CallbackOptions], Iterable[Observation]]:
    seen = [Observation(value, words) for value, words in points if value is not None]
    return lambda _: seen


def _by(label: str, counts: dict[str, int]) -> list[tuple[float | None, dict[str, str]]]:
    return [(number, {label: word}) for word, number in counts.items()]


def _grouped(group: str, label: str, counts: dict[str, dict[str, int]]) -> list[tuple[float | None, dict[str, str]]]:
    return [(number, {group: one, label: word}) for one, words in counts.items() for word, number in words.items()]
