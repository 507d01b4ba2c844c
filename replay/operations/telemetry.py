"""The figures as OpenTelemetry metrics, sent by OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp/).

Where to, with which headers, the standard variables say as well (`OTEL_EXPORTER_OTLP_ENDPOINT`, …).
"""

from collections.abc import Callable, Iterable

from capture.errors import BadInputError, HostError
from replay.operations.counting import Figures

INSTALL = "OpenTelemetry needs its SDK; install it with `pip install 'replaybook[telemetry]'`"
TIMEOUT_MS = 10_000
"""For how long a collector may take."""

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
        HostError: The collector is not there, or said no.
    """
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], resource=Resource.create({"service.name": "replaybook"}), shutdown_on_exit=False)
    _observe(provider, figures, version)
    exporter = OTLPMetricExporter(endpoint=f"{endpoint.rstrip('/')}/v1/metrics", timeout=TIMEOUT_MS / 1000)
    try:
        data = reader.get_metrics_data()
        if data is None or exporter.export(data, timeout_millis=TIMEOUT_MS) is not MetricExportResult.SUCCESS:
            raise HostError(f"{endpoint} did not take the metrics; look at the collector's log, or give another --otlp")
    finally:
        exporter.shutdown()
        provider.shutdown()


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
