"""Findings as annotations that GitHub shows beside the lines of a pull request."""

from planhook.core.errors import Finding

# https://docs.github.com/actions/reference/workflow-commands-for-github-actions
_IN_TEXT = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_VALUE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def annotation(finding: Finding) -> str:
    """One finding as a workflow command."""
    where = {"file": finding.file, "line": finding.line, "col": finding.column}
    values = ",".join(f"{name}={str(value).translate(_IN_VALUE)}" for name, value in where.items() if value)
    return f"::{finding.severity} {values}::{finding.message.translate(_IN_TEXT)}"
