"""Rule files: YAML to checked rules, sources, tables and calendar; everything wrong is told with its line."""

from planhook.rulebook.book import Rulebook as Rulebook
from planhook.rulebook.broken_examples import ExamplesInvalid as ExamplesInvalid
from planhook.rulebook.live import LiveRulebook as LiveRulebook
from planhook.rulebook.loader import load as load
from planhook.rulebook.loader import load_snapshot as load_snapshot
from planhook.rulebook.revision import RevisionUnknown as RevisionUnknown
from planhook.rulebook.revision import snapshot_at as snapshot_at
