/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/versions.h"

#include "codec/versions.h"

const char fj_versions_of_libraries_doc[] =
    "library_versions()\n--\n\n"
    "The versions of the compression libraries; None: not built in.";

PyObject *
fj_versions_of_libraries(PyObject *Py_UNUSED(module),
                         PyObject *Py_UNUSED(args))
{
    fj_library libraries[FJ_N_LIBRARIES];
    fj_library_versions(libraries);
    PyObject *dict = PyDict_New();
    for (int i = 0; dict != NULL && i < FJ_N_LIBRARIES; i++) {
        /* "z" is None for NULL. */
        PyObject *version = Py_BuildValue("z", libraries[i].version);
        if (version == NULL ||
            PyDict_SetItemString(dict, libraries[i].name, version) < 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(version);
    }
    return dict;
}
