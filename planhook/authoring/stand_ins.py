"""What personal texts are replaced by, and texts without them: the same one always by the same stand-in."""

import re
from collections.abc import Collection, Iterable
from functools import cached_property

from planhook.authoring.name_words import ADDRESSED, COMPANY, NAMED, NameWords, compact
from planhook.authoring.personal_forms import DOMAIN, EMAIL, decoded, digits_of, encoded
from planhook.sources.mail_domain import is_free_mail

_SHORTEST = 3  # letters; a shorter name is found in too many other words


class StandIns:
    """Stand-ins for the texts of one event. Texts that are in `known` (folded) have none."""

    def __init__(self, known: Collection[str]) -> None:
        self._known = known
        self._made: dict[str, str] = {}
        self._phones: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._words = NameWords()
        self._plain_words: set[str] = set()
        self.used: set[str] = set()

    def leave_words(self, words: Iterable[str]) -> None:
        """Have these words alone be no names, as they are stages: a name that has one is found by its others."""
        self._plain_words.update(words)

    def learn(self, kind: str, text: str) -> str:
        """The stand-in for a text of that kind, such as Person; the text itself where there is none."""
        folded = text.casefold()
        if folded in self._known or EMAIL.fullmatch(text) or (kind == "Domain" and not DOMAIN.match(text)):
            return text
        if folded not in self._made:
            self._keep(folded, self._new(kind, text))
            if kind in ("Person", "Company"):
                self._add_words(text, self._made[folded], NAMED if kind == "Person" else COMPANY)
            if kind == "Domain" and not is_free_mail(folded):
                organisation = folded.split(".")[-2]
                self._add_words(organisation, self._made[folded].split(".")[0], COMPANY)
        return self._made[folded]

    def learn_email(self, email: str, word: str = "person") -> str:
        """The stand-in for an address, which is `word` at that of its domain."""
        folded = email.casefold()
        if folded in self._known:
            return email
        if folded not in self._made:
            local, _, domain = folded.partition("@")
            told = f"{word}{self._next(word.capitalize())}"
            self._keep(folded, f"{told}@{self.learn('Domain', domain)}")
            if word == "person":
                self._add_words(local, told.replace(word, "Person "), ADDRESSED)
        return self._made[folded]

    def learn_person(self, name: str, email: str) -> None:
        """A name that belongs to an address has the stand-in of that person."""
        person, folded = self.learn_email(email).partition("@")[0], name.casefold()
        is_new = folded not in self._known and folded not in self._made
        if is_new and email.casefold() not in self._known and person.startswith("person"):
            self._keep(folded, person.replace("person", "Person "))
            self._add_words(name, self._made[folded], NAMED)

    def learn_alias(self, text: str, name: str) -> None:
        """A part of a name that is known stands for the same person."""
        folded, made = text.casefold(), self._made.get(name.casefold())
        if made and folded not in self._known and folded not in self._made:
            self._keep(folded, made)

    def learn_id(self, text: str) -> None:
        """An id in which a name stands has one of its own, which no other id gets."""
        folded = text.casefold()
        if folded in self._known or folded in self._made:
            return
        masked = made = self.within(text)
        number = 1
        while masked != text and masked in self._made.values():
            number += 1
            masked = f"{made}-{number}"
        self.used.clear()  # nothing was replaced yet
        if masked != text:
            self._keep(folded, masked)

    def instead_of(self, text: str) -> str | None:
        """The stand-in of a whole text; None: there is none."""
        made = self._made.get(text.casefold())
        return None if made is None else self._use(text.casefold())

    def within(self, text: str, *, only_phrases: bool = False) -> str:
        """A text without what was learnt, wherever it stands in it; with `only_phrases` no single word is one."""
        plain = decoded(text)
        masked = self._within(plain, only_phrases=only_phrases)
        if masked == plain:
            return text
        return masked if plain == text else encoded(masked)

    def _within(self, text: str, *, only_phrases: bool) -> str:
        if "@" in text:
            text = EMAIL.sub(lambda found: self._use_email(found[0]), text)
        text = self._without(text, single=False)
        if only_phrases:
            return text
        text, names = self._words.replaced(text)
        self.used |= names
        return self._without(text, single=True)

    def _without(self, text: str, *, single: bool) -> str:
        """A text without what was learnt that is a single word, or without all that is none."""
        folded, is_id = text.casefold(), not any(letter.isspace() for letter in text)
        for original in self._longest_first[single]:
            if original in folded:
                pattern = re.compile(rf"(?<!\w){re.escape(original)}(?!\w)", re.IGNORECASE)
                if pattern.search(text):
                    made = self._use(original)
                    text = pattern.sub((compact(made) if is_id else made).replace("\\", r"\\"), text)
        return text

    @cached_property
    def _longest_first(self) -> tuple[list[str], list[str]]:
        long_enough = sorted((text for text in self._made if len(text) >= _SHORTEST), key=len, reverse=True)
        return [text for text in long_enough if not text.isalpha()], [text for text in long_enough if text.isalpha()]

    def _add_words(self, text: str, stand_in: str, rank: int) -> None:
        self._words.add(text, stand_in, {*self._known, *self._plain_words}, rank=rank)

    def _use_email(self, email: str) -> str:
        return self._use(email.casefold()) if email.casefold() in self._made else self.learn_email(email)

    def _use(self, folded: str) -> str:
        self.used.add(folded)
        domain = folded.partition("@")[2]
        if domain in self._made:
            self.used.add(domain)
        return self._made[folded]

    def _keep(self, folded: str, stand_in: str) -> None:
        self._made[folded] = stand_in
        self.__dict__.pop("_longest_first", None)

    def _new(self, kind: str, text: str) -> str:
        if kind == "Phone" and (digits := digits_of(text)):
            if digits not in self._phones:
                self._phones[digits] = f"+1 555 {self._next(kind):04}"
            return self._phones[digits]
        number = self._next(kind)
        return {
            "Domain": f"company{number}.example",
            "Phone": f"+1 555 {number:04}",
            "Link": f"https://link{number}.example",
        }.get(kind, f"{kind} {number}")

    def _next(self, kind: str) -> int:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return self._counts[kind]
