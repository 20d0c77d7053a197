# SPDX-License-Identifier: BSD-3-Clause
"""Without MLflow, and before anybody asks for it."""

import subprocess
import sys

NOT_THERE = """
import sys
class NotThere:
    def find_spec(self, name, path=None, target=None):
        if name == "mlflow" or name.startswith("mlflow."):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, NotThere())
"""


def run(code):
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_package_does_not_import_it():
    names = "[name for name in sys.modules if 'mlflow' in name]"
    assert run(f"import fastjoblib, sys; fastjoblib.load_model, fastjoblib.safe_load; print({names})") == "[]\n"


def test_the_error_names_the_extra():
    attempt = "try:\n    import fastjoblib.mlflow\nexcept ImportError as error:\n    print(error.name, error, sep=': ')"
    assert run(NOT_THERE + attempt) == "mlflow: fastjoblib.mlflow needs MLflow: pip install 'fastjoblib[mlflow]'\n"


def test_an_old_one_is_named():
    old = "import sys, types; sys.modules['mlflow'] = types.SimpleNamespace(__version__='2.22.5')\n"
    attempt = "try:\n    import fastjoblib.mlflow\nexcept ImportError as error:\n    print(error)"
    assert run(old + attempt) == "fastjoblib.mlflow needs MLflow 3 or newer, found 2.22.5\n"


def test_what_it_lacks_itself_is_not_hidden():
    broken = NOT_THERE.replace("raise ModuleNotFoundError", "name = 'sqlparse'; raise ModuleNotFoundError")
    attempt = "try:\n    import fastjoblib.mlflow\nexcept ImportError as error:\n    print(error.name)"
    assert run(broken + attempt) == "sqlparse\n"
