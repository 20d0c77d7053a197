# SPDX-License-Identifier: BSD-3-Clause
"""Classes and functions that tests pickle by name; one per rule of the reduce protocol."""

import copyreg


class Unnamed:
    """Whose attributes no code names: Python keeps few names of a class for all its instances."""


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Node:
    """Hashed by identity, so it may sit in sets and dict keys, even in its own."""

    def __init__(self, name=None, next=None):
        self.name = name
        self.next = next


class Slots:
    __slots__ = ("x", "y")

    def __init__(self, x, y=None):
        self.x = x
        if y is not None:
            self.y = y


class SlotsAndDict(Slots):
    pass


class PrivateSlots:
    __slots__ = ("__hidden", "seen")

    def __init__(self):
        self.__hidden = "private"
        self.seen = ["public"]


class Outer:
    class Inner:
        class Innermost(Plain):
            pass

    def method(self):
        return "method"

    @classmethod
    def build(cls):
        return cls()

    @staticmethod
    def helper():
        return "static"


class Getstate(Plain):
    def __getstate__(self):
        return {"saved": list(self.__dict__.values())}

    def __setstate__(self, state):
        self.restored = state["saved"]


class FalsyState(Plain):
    """__getstate__ gives something false: __setstate__ is not called for None alone."""

    state = None

    def __getstate__(self):
        return self.state

    def __setstate__(self, state):
        self.called_with = state


class TupleState(Plain):
    """A 2-tuple state without __setstate__ means (dict, slots)."""

    def __getstate__(self):
        return ({"a": 1}, {"b": 2})


class Getnewargs(int):
    def __new__(cls, value, label):
        self = super().__new__(cls, value)
        self.label = label
        return self

    def __getnewargs__(self):
        return (int(self), self.label)


class GetnewargsEx(Plain):
    def __new__(cls, *args, **kwargs):
        self = super().__new__(cls)
        self.new_args, self.new_kwargs = args, kwargs
        return self

    def __init__(self, *args, **kwargs):
        pass

    def __getnewargs_ex__(self):
        return (self.new_args, self.new_kwargs)


class Reduce(Plain):
    """__reduce__ returns whatever the instance was told."""

    def __init__(self, rv):
        self.rv = rv

    def __reduce__(self):
        return self.rv() if callable(self.rv) else self.rv


class ReduceEx(Plain):
    """__reduce_ex__ beats __reduce__ and is told the protocol."""

    def __reduce__(self):
        raise AssertionError("__reduce_ex__ must be preferred")

    def __reduce_ex__(self, protocol):
        return (make_plain, (protocol,))


class ReduceList(list):
    """List and dict items, state, all by __reduce__."""

    def __init__(self, items=(), state=None):
        super().__init__(items)
        self.attribute = state

    def __reduce__(self):
        return (ReduceList, (), self.__dict__ or None, iter(self))


class AppendOnly:
    """No extend: the loader has to fall back on append."""

    def __init__(self, items=()):
        self.items = list(items)

    def append(self, item):
        self.items.append(item)

    def __reduce__(self):
        return (AppendOnly, (), None, iter(self.items))


class SetitemOnly:
    def __init__(self, items=()):
        self.items = dict(items)

    def __setitem__(self, key, value):
        self.items[key] = value

    def __reduce__(self):
        return (SetitemOnly, (), None, None, iter(self.items.items()))


class StateSetter(Plain):
    def __reduce__(self):
        return (StateSetter, (), dict(self.__dict__), None, None, set_state)


class Meta(type):
    pass


class WithMeta(metaclass=Meta):
    pass


class MetaReduce(type):
    """Its classes are pickled by copyreg's dispatch table, not by name."""


class WithMetaReduce(metaclass=MetaReduce):
    pass


copyreg.pickle(MetaReduce, lambda cls: (find_class, (cls.__name__,)))


class Dispatched(Plain):
    def __reduce_ex__(self, protocol):
        raise AssertionError("copyreg's dispatch table must be preferred")


copyreg.pickle(Dispatched, lambda obj: (make_dispatched, (obj.__dict__,)))


class NewobjByName(Plain):
    """A function that is called __newobj__ gets the NEWOBJ opcode, whoever wrote it."""

    def __reduce__(self):
        return (__newobj__, (NewobjByName,), dict(self.__dict__))


class NewobjExByName(Plain):
    def __reduce__(self):
        return (__newobj_ex__, (NewobjExByName, (), {}), dict(self.__dict__))


def __newobj__(cls, *args):
    return cls.__new__(cls, *args)


def __newobj_ex__(cls, args, kwargs):
    return cls.__new__(cls, *args, **kwargs)


class Named:
    """__reduce__ gives a string: pickled as a global."""

    def __reduce__(self):
        return "NAMED"


NAMED = Named()


class Ändern(Plain):
    """A name that is not ASCII."""


class Liar(Plain):
    """Says that it is of another class."""

    @property
    def __class__(self):
        return Plain


class Shrinking(Plain):
    """Removes from `victim` while it is being dumped."""

    def __init__(self, victim, shrink):
        self.victim = victim
        self.shrink = shrink

    def __reduce__(self):
        self.shrink(self.victim)
        return (make_plain, ())


def make_plain(*args):
    return Plain(args=args)


def make_dispatched(attributes):
    made = Dispatched()
    made.__dict__.update(attributes)
    return made


def find_class(name):
    return globals()[name]


def set_state(obj, state):
    obj.__dict__.update(state, set_by="state_setter")


def identity(value):
    return value


def explode(*args):
    raise ZeroDivisionError("exploded on purpose")
