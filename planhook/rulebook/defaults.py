"""`defaults:`: what the actions of a file have in common; in a file `defaults.yaml`, those of its folder."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from marshmallow import ValidationError

from planhook.core import properties
from planhook.core.operation import ACTIONS
from planhook.core.place import Place
from planhook.rulebook.actions import NAMES_TASK, ActionReader, flat_fields, unknown_action
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.located import LocatedDict, LocatedList, used_in

_FOR_FOLDER = "defaults"


class Defaults:
    """The defaults of all files; what is wrong with them is added to `findings`.

    Fields that are wrong stay: without them each action would seem to lack something.
    """

    def __init__(self, files: Iterable[RuleFile], reader: ActionReader, findings: Findings) -> None:
        self._of_file: dict[str, LocatedDict] = {}
        self._of_folder: dict[PurePath, LocatedDict] = {}
        self._doubtful: set[str | PurePath] = set()  # files and folders of whose defaults a part could not be read
        for file in files:
            usable = _usable(file, reader, findings)
            path = PurePath(file.name)
            self._of_file[file.name] = usable
            if path.stem == _FOR_FOLDER:
                self._of_folder[path.parent] = usable
            elif usable and "rules" not in file.data and "rules" not in file.left_out:
                told = "these defaults hold for the rules of this file, and it has none; for those of all files"
                findings.add(file, ("defaults",), f"{told} name the file {_FOR_FOLDER}.yaml", "warning")
            if "defaults" in file.left_out:
                self._doubtful |= {file.name, *([path.parent] if path.stem == _FOR_FOLDER else [])}

    def are_known(self, file: RuleFile) -> bool:
        """Whether all defaults for a file could be read: else what its actions seem to lack may stand there."""
        return self._doubtful.isdisjoint((file.name, *PurePath(file.name).parents))

    def apply(self, file: RuleFile, rule: LocatedDict) -> LocatedDict:
        """A copy of `rule`, whose actions say what the defaults for its file say and they do not themselves.

        The nearest wins: the action, its file, the folder of that, the folders above.
        """
        layers = [self._of_file[file.name]]
        layers += [self._of_folder[folder] for folder in PurePath(file.name).parents if folder in self._of_folder]
        then = rule.get("then")
        if not any(layers) or not isinstance(then, LocatedDict | LocatedList):
            return rule
        whole = rule.copy_of()
        if isinstance(then, LocatedDict):
            whole["then"] = _with_layers(then, layers)
        else:
            actions = [_with_layers(one, layers) if isinstance(one, LocatedDict) else one for one in then]
            whole["then"] = LocatedList(then.place, actions, then.places)
        return whole


def _usable(file: RuleFile, reader: ActionReader, findings: Findings) -> LocatedDict:
    section = file.section("defaults", LocatedDict)
    usable = LocatedDict(section.place)
    for action, body in section.items():
        try:
            _check(action, body, reader)
        except ValidationError as fault:
            findings.add_faults(file, ("defaults", action), fault)
        if isinstance(body, LocatedDict):
            usable.put(action, body, section.places[action])
    return usable


def _check(action: str, body: Any, reader: ActionReader) -> None:
    if action not in ACTIONS:
        if properties.find(action) is not None:
            raise ValidationError(f"say for which action, as in defaults: {{create: {{{action}: …}}}}")
        raise ValidationError(unknown_action(action))
    if not isinstance(body, LocatedDict):
        raise ValidationError(f"this takes the fields that every {action} shall have, as in {{ownerId: …}}")
    reader.check_part(action, body)


def _with_layers(action: LocatedDict, layers: Iterable[LocatedDict]) -> LocatedDict:
    whole = action.copy_of()
    for layer in layers:
        for name, body in whole.items():
            if name in layer and isinstance(body, LocatedDict):
                whole[name] = _with_defaults(body, layer[name], action.places[name])
    return whole


def _with_defaults(body: LocatedDict, defaults: LocatedDict, user: Place) -> LocatedDict:
    whole = body.copy_of()
    taken = _written(body)
    for key, value in defaults.items():
        place = replace(defaults.places[key], used_in=user)
        if key == "custom" and isinstance(value, LocatedDict):
            _add_custom(whole, value, taken, place)
        elif key.casefold() not in taken:
            whole.put(key, used_in(value, user), place)
    return whole


def _add_custom(whole: LocatedDict, custom: LocatedDict, taken: set[str], place: Place) -> None:
    missing = [name for name in custom if f"{properties.CUSTOM}{name}".casefold() not in taken]
    if "custom" in taken or not missing or place.used_in is None:
        return
    fields = whole["custom"].copy_of() if "custom" in whole else LocatedDict(place)
    for name in missing:
        fields.put(name, used_in(custom[name], place.used_in), replace(custom.places[name], used_in=place.used_in))
    whole.put("custom", fields, whole.places.get("custom", place))


def _written(body: LocatedDict) -> set[str]:
    """What an action says itself, in lower case: Planhat takes no two names that differ only in case."""
    written = {".".join(path).casefold() for path, _ in flat_fields(body)}
    written |= {key.casefold() for key in NAMES_TASK if key in body}
    return written | {"sourceid", "_id"} if written & {"sourceid", "_id"} else written
