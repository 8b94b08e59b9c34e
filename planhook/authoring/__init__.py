"""What authors of rules ask for: is it right, do its examples hold, what would it do. Values in, values out."""

from planhook.authoring.check import CheckReport as CheckReport
from planhook.authoring.check import check as check
from planhook.authoring.check import examine as examine
from planhook.authoring.check import findings_of as findings_of
from planhook.authoring.explain import EventUnreadable as EventUnreadable
from planhook.authoring.explain import Explanation as Explanation
from planhook.authoring.explain import explain as explain
from planhook.authoring.trial import TrialReport as TrialReport
from planhook.authoring.trial import try_rules as try_rules
