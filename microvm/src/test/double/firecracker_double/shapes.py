"""Shapes of JSON bodies and their strict reading, with the words that Firecracker's deserializer uses."""

import json

from .errors import Fault

MAX = {"u8": 2**8, "u16": 2**16, "u32": 2**32, "u64": 2**64, "usize": 2**64}
REQUIRED = object()
OPTIONAL = object()


class Enum:
    """One of some strings."""

    def __init__(self, *variants):
        self.variants = variants


class ListOf:
    """An array of one kind."""

    def __init__(self, kind):
        self.kind = kind


class Shape:
    """An object. Fields are (kind, REQUIRED), (kind, OPTIONAL: may be null or absent), or (kind, default: may be absent)."""

    def __init__(self, open_to_unknown=False, **fields):
        self.open = open_to_unknown
        self.fields = fields


ANY = object()


def read(shape, raw):
    """The body as a dictionary; optional fields that are absent are None."""
    return _Reader(raw).read(shape)


def fault(text):
    """What every failure to read a body says."""
    return Fault("An error occurred when deserializing the json body of a request: %s." % text)


def choice(names):
    """`a`, or `a` or `b`, or one of `a`, `b`, `c`."""
    quoted = ["`%s`" % name for name in names]
    if len(quoted) <= 2:
        return " or ".join(quoted)
    return "one of " + ", ".join(quoted)


class _Reader:
    def __init__(self, raw):
        self.raw = raw.decode(errors="replace")

    def read(self, shape):
        try:
            value = json.loads(self.raw, object_pairs_hook=self._object)
        except json.JSONDecodeError as error:
            raise fault("expected value at line %d column %d" % (error.lineno, error.colno)) from None
        return self.check(shape, value)

    def _object(self, pairs):
        result = {}
        for name, value in pairs:
            if name in result:
                raise fault("duplicate field `%s` at %s" % (name, self._at('"%s"' % name, last=True)))
            result[name] = value
        return result

    def _at(self, text=None, last=False):
        """Line and column where that text ends, or the body."""
        end = len(self.raw.rstrip())
        if text is not None:
            found = self.raw.rfind(text) if last else self.raw.find(text)
            end = found + len(text) if found >= 0 else end
        before = self.raw[:end]
        return "line %d column %d" % (before.count("\n") + 1, end - before.rfind("\n") - 1)

    def check(self, kind, value):
        if kind is ANY:
            return value
        if isinstance(kind, Shape):
            return self._shape(kind, value)
        if isinstance(kind, Enum):
            if not isinstance(value, str):
                raise self._type(value, "string or map")
            if value not in kind.variants:
                found = self._at('"%s"' % value)
                raise fault("unknown variant `%s`, expected %s at %s" % (value, choice(kind.variants), found))
            return value
        if isinstance(kind, ListOf):
            if not isinstance(value, list):
                raise self._type(value, "a sequence")
            return [self.check(kind.kind, element) for element in value]
        return self._plain(kind, value)

    def _shape(self, shape, value):
        if not isinstance(value, dict):
            raise self._type(value, "a map")
        unknown = [name for name in value if name not in shape.fields]
        if unknown and not shape.open:
            found = self._at('"%s"' % unknown[0])
            raise fault("unknown field `%s`, expected %s at %s" % (unknown[0], choice(shape.fields), found))
        result = {}
        for name, (kind, presence) in shape.fields.items():
            if name not in value:
                if presence is REQUIRED:
                    raise fault("missing field `%s` at %s" % (name, self._at()))
                result[name] = None if presence is OPTIONAL else presence
            elif value[name] is None and presence is OPTIONAL:
                result[name] = None
            else:
                result[name] = self.check(kind, value[name])
        return result

    def _plain(self, kind, value):
        expected = {"bool": bool, "string": str}.get(kind, int)
        if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
            raise self._type(value, {"bool": "a boolean", "string": "a string"}.get(kind, kind))
        if expected is int and not 0 <= value < MAX[kind]:
            raise fault("invalid value: integer `%d`, expected %s at %s" % (value, kind, self._at(str(value))))
        return value

    def _type(self, value, expected):
        text = json.dumps(value, separators=(",", ":"))
        if value is None:
            name, text = "null", "null"
        elif isinstance(value, bool):
            name = "boolean `%s`" % text
        elif isinstance(value, str):
            name = "string " + text
        elif isinstance(value, int):
            name = "integer `%s`" % text
        elif isinstance(value, float):
            name = "floating point `%s`" % text
        else:
            name = "map" if isinstance(value, dict) else "sequence"
        return fault("invalid type: %s, expected %s at %s" % (name, expected, self._at(text)))
