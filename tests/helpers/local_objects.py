# SPDX-License-Identifier: BSD-3-Clause
"""Objects that no module holds by name, so that cloudpickle and dill pickle them by value, and what to try on them.

Each entry of OBJECTS is (build, expression): the expression, with the object as `value`, gives the same on what was
loaded, here or in another process.
"""

import abc
import collections
import dataclasses
import enum
import functools
import math
import operator
import typing


def closure():
    count = 10

    def add(x, step=1, *, factor=2):
        nonlocal count
        count += step
        return (x + count) * factor

    return add


def nested_functions():
    def outer(x):
        def inner(y):
            return x * y + math.floor(1.5)

        return inner

    return outer


def recursive_function():
    def factorial(n):
        return 1 if n < 2 else n * factorial(n - 1)

    return factorial


def mutual_recursion():
    def even(n):
        return n == 0 or odd(n - 1)

    def odd(n):
        return n != 0 and even(n - 1)

    return [even, odd]


def recursive_generator():
    def walk(tree):
        for item in tree:
            if isinstance(item, list):
                yield from walk(item)
            else:
                yield item

    return walk


def decorated():
    def twice(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return [function(*args, **kwargs), function(*args, **kwargs)]

        return wrapper

    @twice
    def greet(name: str) -> str:
        """Say hello."""
        return f"hello {name}"

    return greet


def local_class():
    class Account:
        """A local class with everything in it."""

        bank = ["bank"]

        def __init__(self, balance=0):
            self.balance = balance

        def pay_in(self, amount):
            self.balance += amount
            return self

        @property
        def double(self):
            return self.balance * 2

        @double.setter
        def double(self, value):
            self.balance = value // 2

        @staticmethod
        def helper(x):
            return x + 1

        @classmethod
        def make(cls, *args):
            return cls(*args)


    return Account


def local_subclass():
    class Base:
        def name(self):
            return "base"

    class Child(Base, collections.OrderedDict):
        __slots__ = ()

        def name(self):
            return "child of " + super().name()

    return Child


def slots():
    class Slotted:
        __slots__ = ("x", "y")

        def __init__(self, x, y):
            self.x, self.y = x, y

    return Slotted(1, [2])


def metaclass():
    class Meta(type):
        registry: typing.ClassVar[list] = []

        def __new__(mcs, name, bases, namespace):
            return super().__new__(mcs, name, bases, {**namespace, "made_by": mcs.__name__})

        def __call__(cls, *args):
            return [super().__call__(*args)]

    class Made(metaclass=Meta):
        pass

    return Made


def abstract():
    class Shape(abc.ABC):
        @abc.abstractmethod
        def area(self):
            """Compute it."""

    class Square(Shape):
        def area(self):
            return 4

    return [Shape, Square()]


def local_dataclass():
    @dataclasses.dataclass(order=True)
    class Point:
        x: int
        y: list = dataclasses.field(default_factory=lambda: [7])

        def norm(self):
            return self.x * self.x

    return Point(3)


def local_enum():
    class Color(enum.Enum):
        RED = 1
        BLUE = "blue"

        def label(self):
            return self.name.lower()

    return [Color, Color.BLUE, Color]


def local_namedtuple():
    return collections.namedtuple("Pair", "left right", defaults=(5,))(1)


def local_exception():
    class Failure(ValueError):
        def __init__(self, code):
            super().__init__(code)
            self.code = code

    return Failure(404)


def shared_state():
    cell = []

    def push(x):
        cell.append(x)

    def read():
        return list(cell)

    return {"push": push, "read": read}


def class_in_a_cycle():
    class Node:
        def __init__(self):
            self.kind = Node
            self.me = self

    return Node()


OBJECTS = {
    "lambda": (lambda: lambda x, y=3: x * y, "value(2)"),
    "closure": (closure, "(value(1), value(1, 5, factor=3), value.__defaults__, value.__kwdefaults__)"),
    "nested functions": (nested_functions, "value(3)(4)"),
    "recursive function": (recursive_function, "value(10)"),
    "mutual recursion": (mutual_recursion, "[f(7) for f in value]"),
    "recursive generator": (recursive_generator, "list(value([1, [2, [3]], 4]))"),
    "decorated function": (decorated, "(value('you'), value.__doc__, value.__wrapped__.__annotations__)"),
    "partial": (lambda: functools.partial(closure(), step=2), "value(5)"),
    "partial of a built-in": (lambda: functools.partial(sorted, key=lambda x: -x), "value([1, 3, 2])"),
    "bound method": (lambda: local_class()(5).pay_in, "value(3).double"),
    "bound built-in method": (lambda: [1, 2].__add__, "value([3])"),
    "class method": (lambda: local_class().make, "value(5).balance"),
    "local class": (local_class, "(value(5).double, value.helper(1), value.make(2).balance, value.__doc__)"),
    "instance of a local class": (lambda: local_class()(21), "value.pay_in(2).balance"),
    "local subclass": (local_subclass, "(value(a=1).name(), list(value(a=1)), [c.__name__ for c in value.__mro__])"),
    "slots": (slots, "(value.x, value.y)"),
    "metaclass": (metaclass, "(value.made_by, type(value).__name__, len(value()))"),
    "abstract class": (abstract, "(value[0].__abstractmethods__, value[1].area(), isinstance(value[1], value[0]))"),
    "dataclass": (local_dataclass, "(value.norm(), value.y, value == type(value)(3), value < type(value)(4))"),
    "enum": (local_enum, "(value[0]['RED'].value, value[1] is value[2].BLUE, value[1].label(), len(value[0]))"),
    "namedtuple": (local_namedtuple, "(value, value.right, value._replace(left=2))"),
    "exception": (local_exception, "(value.code, value.args, isinstance(value, ValueError))"),
    "property": (lambda: property(lambda self: self + 1), "value.fget(1)"),
    "functions that share a cell": (shared_state, "[value['push'](5), value['read']()]"),
    "class in a cycle": (class_in_a_cycle, "(value.kind is type(value), value.me is value)"),
    "module": (lambda: math, "value.sqrt(9)"),
    "submodule": (lambda: [collections.abc, collections], "(value[0].__name__, value[1].abc is value[0])"),
    "itemgetter and lambda": (lambda: {"get": operator.itemgetter(1), "f": lambda d: d["x"]}, "value['f']({'x': 1})"),
    "dict views": (lambda: {"k": lambda: 1}.keys(), "list(value)"),
    "function with annotations": (closure, "value.__qualname__"),
}
