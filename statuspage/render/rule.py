"""How uptime is computed, in sentences: they stand beside every list of figures. Pure."""

from django.utils.translation import gettext as _

from statuspage.render import figures
from statuspage.snapshot import Weights


def rule(weights: Weights) -> list[str]:
    """The rule with the page's own weights."""
    return [
        _(
            "Uptime is 100% minus the weighted share of downtime in the time that was watched, "
            "over the last 90 days. It is rounded down, never up."
        ),
        *counted(weights),
    ]


def counted(weights: Weights) -> list[str]:
    """What seconds count, and what is left out: true of any window."""
    return [
        _(
            "A second of a major outage counts %(major)s, of a partial outage %(partial)s, "
            "of degraded performance %(degraded)s."
        )
        % {
            "major": figures.weight(weights.major),
            "partial": figures.weight(weights.partial),
            "degraded": figures.weight(weights.degraded),
        },
        _("Maintenance and time that nobody watched are left out of both."),
    ]
