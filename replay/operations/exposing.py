"""The figures as Prometheus reads them.

In the text exposition format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/).
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from replay.operations.counting import Figures

BUCKETS_S = (60, 300, 900, 3600, 4 * 3600, 24 * 3600, 3 * 24 * 3600, 7 * 24 * 3600)
"""Upper bounds of how long a repair waited for a person: a minute to a week."""


def exposed(figures: Figures) -> bytes:
    """The figures in the text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Counted(figures))
    return generate_latest(registry)


class _Counted(Collector):
    """One reading."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        return metrics(self._figures)


def metrics(figures: Figures) -> Iterator[Metric]:
    """The figures as families of metrics: what only grows as counters, what stands as gauges."""
    yield _labelled(GaugeMetricFamily, "replaybook_runs", "Recordings, by how they ended", "status", figures.runs)
    yield _labelled(
        GaugeMetricFamily, "replaybook_versions", "Playbook versions, by where they stand", "status", figures.versions
    )
    yield _grouped(
        CounterMetricFamily,
        "replaybook_replays",
        "Replays, by mode and how they ended",
        "mode",
        "status",
        figures.replays,
    )
    yield _labelled(
        CounterMetricFamily,
        "replaybook_divergences",
        "Replays outside of shadows that stopped, by the class of what they stopped at",
        "class",
        figures.divergences,
    )
    yield from _single(
        "replaybook_unreadable_replays", "Replays whose class of what they stopped at can't be read", figures.unreadable
    )
    ratio = "Of the strict and guided replays that were judged, the share that passed"
    yield from _single("replaybook_success_ratio", ratio, figures.success_ratio)
    yield _labelled(GaugeMetricFamily, "replaybook_repairs", "Repairs, by where they stand", "status", figures.repairs)
    yield HistogramMetricFamily(
        "replaybook_review_seconds",
        "From a repair's proposal until a person first said something to it",
        buckets=[(le, float(number)) for le, number in cumulated(figures.review_s)],
        sum_value=sum(figures.review_s),
    )
    yield from _single("replaybook_inbox_waiting", "Repairs that wait for a person", figures.inbox_waiting)
    yield from _single(
        "replaybook_inbox_oldest_seconds", "For how long the oldest of them has waited", figures.inbox_oldest_s or 0
    )
    yield _grouped(
        CounterMetricFamily,
        "replaybook_validations",
        "Validations in a shadow, by its level and what they came to",
        "level",
        "verdict",
        figures.validations,
    )
    yield from _single("replaybook_audit_entries", "Decisions in the log", figures.audit_entries)


def cumulated(waited_s: Sequence[float]) -> Iterator[tuple[str, int]]:
    """How many waited at most so long, by the bounds of `BUCKETS_S` and `+Inf`.

    Args:
        waited_s: Sorted.
    """
    yield from ((f"{bound}.0", bisect_right(waited_s, bound)) for bound in BUCKETS_S)
    yield "+Inf", len(waited_s)


def _labelled(
    family: type[GaugeMetricFamily | CounterMetricFamily], name: str, told: str, label: str, counts: Mapping[str, int]
) -> Metric:
    metric = family(name, told, labels=[label])
    for word, number in counts.items():
        metric.add_metric([word], number)
    return metric


def _grouped(
    family: type[GaugeMetricFamily | CounterMetricFamily],
    name: str,
    told: str,
    group: str,
    label: str,
    counts: Mapping[str, Mapping[str, int]],
) -> Metric:
    metric = family(name, told, labels=[group, label])
    for one, words in counts.items():
        for word, number in words.items():
            metric.add_metric([one, word], number)
    return metric


def _single(name: str, told: str, value: float | None) -> Iterator[Metric]:
    if value is not None:
        yield GaugeMetricFamily(name, told, value=value)
