# SPDX-License-Identifier: BSD-3-Clause
"""Functions in packages that a model may well name, which run code, write files, or fetch what does."""

from attacks import assemble as a


def simple(mark):
    path, command, code = mark.path, mark.command, mark.code
    return [
        ("numpy.testing._private.utils", "runstring", code, {}),
        ("numpy.testing._private.utils", "measure", code),
        ("numpy.testing", "measure", code),
        ("numpy.f2py.crackfortran", "myeval", mark.expression, {}, {}),
        ("numpy.f2py.crackfortran", "getlincoef", mark.expression, {}),
        ("numpy.f2py.crackfortran", "_eval_length", mark.expression, {}),
        ("numpy", "memmap", path, "uint8", "w+", 0, 1),
        ("numpy", "savetxt", path, [1]),
        ("numpy.lib.format", "open_memmap", path, "w+", "uint8", (1,)),
        ("numpy", "load", mark.second, None, True),
        ("scipy.io", "savemat", path, {}, False),
        ("scipy._lib._array_api_docs_tables", "make_flat_capabilities_table", "scipy.special", "cpu"),
        ("pandas", "read_pickle", mark.second),
        ("pandas.io.pickle", "read_pickle", mark.second),
        ("pandas", "to_pickle", 1, path),
        ("pandas.io.common", "get_handle", path, "w"),
        ("pandas.compat._optional", "import_optional_dependency", "antigravity"),
        ("sklearn.datasets", "dump_svmlight_file", [[1.0]], [1.0], path),
        ("sklearn.datasets._svmlight_format_io", "dump_svmlight_file", [[1.0]], [1.0], path),
        ("sklearn.utils._testing", "assert_run_python_script_without_output", code, "no such output"),
        ("joblib", "load", mark.second),
        ("joblib.numpy_pickle", "load", mark.second),
        ("joblib", "dump", 1, path),
        ("torch", "load", mark.second),
        ("torch.serialization", "load", mark.second),
        ("torch.hub", "load", "a", "b"),
        ("torch.utils.collect_env", "run", command),
        ("torch._inductor.codecache", "compile_file", "", "", ["sh", "-c", command]),
        ("torch.jit.unsupported_tensor_ops", "execWrapper", code, {}, {}),
        ("requests.api", "get", "about:blank"),
        ("aiohttp.client", "request", "GET", "about:blank"),
    ]


NOT_RUN = {
    "scipy._lib._array_api_docs_tables.make_flat_capabilities_table": "imports what it is given, and fails",
    "pandas.compat._optional.import_optional_dependency": "would open a window",
    "sklearn.utils._testing.assert_run_python_script_without_output": "some versions have it",
    "torch.load": "the tests do not need torch",
    "torch.serialization.load": "the tests do not need torch",
    "torch.hub.load": "the tests do not need torch",
    "torch.utils.collect_env.run": "the tests do not need torch",
    "torch._inductor.codecache.compile_file": "the tests do not need torch",
    "torch.jit.unsupported_tensor_ops.execWrapper": "the tests do not need torch",
    "requests.api.get": "the tests do not need requests",
    "aiohttp.client.request": "the tests do not need aiohttp",
}


def steps(mark):
    import cloudpickle
    import dill

    command = a.text(mark.command)
    system = a.named("os", "system")
    yield (
        "ufunc-reconstruct",
        "NumPy's way to find a ufunc imports any module's attribute",
        a.call(a.run("numpy.core", "_ufunc_reconstruct", "os", "system"), command),
    )
    yield (
        "frompyfunc",
        "a ufunc of any function",
        a.call(a.call(a.named("numpy", "frompyfunc"), system, b"K\x01", b"K\x01"), command),
    )
    yield "vectorize", "numpy.vectorize, called", a.call(a.call(a.named("numpy", "vectorize"), system), command)
    yield (
        "random-state",
        "the constructor of a RandomState calls what it is given",
        a.call(a.named("numpy.random._pickle", "__randomstate_ctor"), command, system),
    )
    yield (
        "tofile",
        "ndarray.tofile by a dotted name",
        a.call(a.dotted("numpy", "ndarray.tofile"), a.run("numpy", "zeros", 1), a.text(mark.path)),
    )
    yield (
        "dump",
        "ndarray.dump by a dotted name",
        a.call(a.dotted("numpy", "ndarray.dump"), a.run("numpy", "zeros", 1), a.text(mark.path)),
    )
    yield (
        "to-csv",
        "DataFrame.to_csv by a dotted name",
        a.call(a.dotted("pandas", "DataFrame.to_csv"), a.call(a.named("pandas", "DataFrame")), a.text(mark.path)),
    )
    template = f"{mark.code}\ndef _parse_args(self): pass\n_parse_args_rvs = _parse_args_stats = _parse_args\n"
    yield (
        "distribution",
        "SciPy's distributions run a template that their state holds",
        (
            a.instance("scipy.stats._continuous_distns", "norm_gen")
            + a.dict_of(_parse_arg_template=a.text(template))
            + b"b"
        ),
    )
    yield (
        "batched-calls",
        "joblib's parallel calls",
        a.call(
            a.dotted("joblib.parallel", "BatchedCalls.__call__"),
            a.call(
                a.named("joblib.parallel", "BatchedCalls"),
                b"]" + a.tuple_of(system, a.tuple_of(command), b"}") + b"a",
                a.tuple_of(a.text("sequential"), b"K\x01"),
            ),
        ),
    )
    yield "cloudpickle", "a function by value, as cloudpickle writes it", cloudpickle.dumps(Lazy(mark.code))[2:-1]
    yield (
        "subimport",
        "cloudpickle's import of a module",
        a.call(
            a.call(
                a.named("builtins", "getattr"), a.run("cloudpickle.cloudpickle", "subimport", "os"), a.text("system")
            ),
            command,
        ),
    )
    yield "dill", "a function by value, as dill writes it", dill.dumps(Lazy(mark.code))[2:-1]


class Lazy:
    """An object that is the result of calling a function which stands in the file."""

    def __init__(self, code):
        self.code = code

    def __reduce__(self):
        return eval("lambda code: exec(code)", {}), (self.code,)


def models(mark):
    """Nothing happens on loading, but when the model is used."""
    yield (
        "transformer",
        "a FunctionTransformer whose function is os.system",
        (
            a.instance("sklearn.preprocessing._function_transformer", "FunctionTransformer")
            + a.dict_of(func=a.named("os", "system"), inverse_func=b"N", validate=b"\x89")
            + b"b"
        ),
    )
    yield (
        "tokenizer",
        "a CountVectorizer whose tokenizer is eval",
        (
            a.instance("sklearn.feature_extraction.text", "CountVectorizer")
            + a.dict_of(tokenizer=a.named("builtins", "eval"))
            + b"b"
        ),
    )
    yield (
        "own-class",
        "a class that only the attacker knows",
        a.instance("evilpackage.models", "Model") + a.dict_of(x=b"N") + b"b",
    )


def build(mark):
    for module, name, *arguments in simple(mark):
        full = f"{module}.{name}"
        why_not = NOT_RUN.get(full, "")
        loader = None if why_not else "pickle"
        data = a.pickled(a.run(module, name, *arguments))
        yield a.Attack("libraries", full, f"{full} in one call", data, loader=loader, why_not=why_not, needs=module)
    for name, shows, data in steps(mark):
        yield a.Attack("libraries", name, shows, a.pickled(data, protocol=4))
    for name, shows, data in models(mark):
        yield a.Attack(
            "models",
            name,
            shows,
            a.pickled(data),
            loader=None,
            why_not="runs when the model is used, not when it is loaded",
        )
