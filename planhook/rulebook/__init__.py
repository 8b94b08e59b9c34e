"""Rule files: YAML to checked rules, sources, tables and calendar; everything wrong is told with its line."""

from planhook.rulebook.live import LiveRulebook as LiveRulebook
from planhook.rulebook.loader import Rulebook as Rulebook
from planhook.rulebook.loader import load as load
