"""Pages, components, the monitors that watch them, and what was seen."""

from monitors.labels import STATUS_LABELS
from monitors.models.choices import (
    EPOCH,
    LANGUAGES,
    both_languages,
    default_regions,
    impacts,
    kinds,
    localized,
    policies,
    statuses,
)
from monitors.models.heard import Evidence, Observation, Ping, RegionVerdict, Verdict
from monitors.models.page import Access, Essentials, Page, ShownPages
from monitors.models.parts import Component, Group, Span
from monitors.models.proof import Correction, CorrectionEntry, FrozenMonth
from monitors.models.rollups import Latecomer, LatencyDay, LatencyHour, Rolled, Tally
from monitors.models.watching import Feed, Monitor, Region

__all__ = [
    "EPOCH",
    "LANGUAGES",
    "STATUS_LABELS",
    "Access",
    "Component",
    "Correction",
    "CorrectionEntry",
    "Essentials",
    "Evidence",
    "Feed",
    "FrozenMonth",
    "Group",
    "Latecomer",
    "LatencyDay",
    "LatencyHour",
    "Monitor",
    "Observation",
    "Page",
    "Ping",
    "Region",
    "RegionVerdict",
    "Rolled",
    "ShownPages",
    "Span",
    "Tally",
    "Verdict",
    "both_languages",
    "default_regions",
    "impacts",
    "kinds",
    "localized",
    "policies",
    "statuses",
]
