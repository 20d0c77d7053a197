/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/versions.h"

#include "codec/versions.h"

PyObject *
fj_library_versions_dict(void)
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
