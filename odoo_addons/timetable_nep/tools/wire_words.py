"""From codes with arguments to words: plain Python that is told names and language."""

from string import Formatter

MOST_NAMED = 6
"""Items of a row before it ends with a count."""


def reference(value):
    """Kind and opaque id of a record named as ``[kind:id]``, or None."""
    if isinstance(value, str) and value[:1] == "[" and value[-1:] == "]":
        kind, colon, key = value[1:-1].partition(":")
        if colon and kind.isidentifier() and key.isalnum():
            return kind, key
    return None


def pieces(sentence):
    """A finished sentence as literal text and ``[kind:id]``, in order."""
    found = []
    for part in sentence.split("["):
        head, bracket, rest = part.partition("]")
        named = f"[{head}]"
        if found and bracket and reference(named):
            found += [named, rest]
        elif found:
            found.append(f"[{part}")
        else:
            found.append(part)
    return [part for part in found if part]


def references(message):
    """Kind and id of each record that a message names, in the order of its words."""
    found = [reference(value) for value in _values(message)]
    return [named for named in found if named]


def codes(message):
    """Every code that a message is made of."""
    found = {message["code"]}
    for part in _parts(message):
        found |= codes(part)
    return found


def _parts(message):
    """The messages inside a message."""
    for value in [*(message.get("args") or {}).values(), message.get("because") or []]:
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                yield item


def _values(message):
    for value in [*(message.get("args") or {}).values(), message.get("because") or []]:
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                yield from _values(item)
            else:
                yield item


class Words(Formatter):
    """Says messages of the service.

    :param texts: code → text in the reader's language, with the arguments as gaps
    :param joints: how the parts of a sentence are held together
    :param headlines: codes whose reasons follow them
    :param name: ``name(kind, id)`` of a record
    :param count: ``count(number, thing)``, as people say it
    :param weekday: number from Monday → name
    :param row: puts a list of strings in a row
    :param label: ``label(argument, value)`` of a plain word
    """

    def __init__(self, texts, joints, headlines, **helpers):
        self._texts, self._joints, self._headlines = texts, joints, headlines
        self._name, self._label = helpers["name"], helpers["label"]
        self._count, self._row = helpers["count"], helpers["row"]
        self._weekday = helpers["weekday"]

    def say(self, message):
        """The sentence, or the part of one."""
        code = message["code"]
        reasons = [self.say(reason) for reason in message.get("because") or []]
        args = {
            name: self._ready(name, value)
            for name, value in (message.get("args") or {}).items()
        }
        text = self.vformat(self._texts(code), (), {**args, "because": reasons})
        if code not in self._headlines:
            return text
        joint = self._joints("headline_because" if reasons else "headline")
        return joint.format(said=text, reasons="; ".join(reasons))

    def say_finished(self, sentence):
        """A sentence of a service from before codes, with names for ids."""
        return "".join(self._word(part) for part in pieces(sentence))

    def format_field(self, value, format_spec):
        if format_spec.startswith("n "):
            return self._count(value, format_spec[2:])
        if format_spec == "day":
            return self._weekday(value)
        if isinstance(value, list):
            if format_spec == "semi":
                return "; ".join(value)
            shown = value
            if not format_spec and len(value) > MOST_NAMED:
                left = len(value) - MOST_NAMED + 1
                more = self._joints("more").format(count=left)
                shown = [*value[: MOST_NAMED - 1], more]
            return self._row(shown)
        return super().format_field(value, format_spec)

    def _ready(self, name, value):
        """An argument with its records named and its messages said."""
        if isinstance(value, dict):
            return self.say(value)
        if isinstance(value, list):
            return [self._ready(name, item) for item in value]
        if isinstance(value, str):
            return self._word(value) if reference(value) else self._label(name, value)
        return value

    def _word(self, text):
        named = reference(text)
        return self._name(*named) if named else text
