"""Figures of uptime in templates of staff."""

from django import template

from monitors import spoken

register = template.Library()
register.filter("percent", spoken.percent)
register.filter("window", spoken.window)
